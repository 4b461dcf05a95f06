// My own settings: who I am here today, my factors, language and calendar.
import { first, setLang, t } from '../lib/messages';
import { calendar, lang, setCalendar, type Calendar, type Lang } from '../lib/prefs';
import { session } from '../lib/session';
import { use } from '../lib/store';
import { Facts, H1, When } from '../part/bits';

function Choice<T extends string>(props: { name: string; legend: string; values: readonly T[]; value: T; label: (value: T) => string; set: (value: T) => void }) {
  return <fieldset class="sk-fieldset"><legend>{props.legend}</legend>{props.values.map((value) => <label class="sk-radio" key={value}>
    <input type="radio" name={props.name} checked={value === props.value} onChange={() => props.set(value)} /> {props.label(value)}</label>)}</fieldset>;
}

export function roleName(role: string): string { return first([`ui.role.${role}`, role]); }

export function Me() {
  const who = use(session);
  const now = use(lang);
  const era = use(calendar);
  if (!who) return <H1>{t('ui.page.me.title')}</H1>;
  return <>
    <H1>{t('ui.page.me.title')}</H1>
    <section class="sk-card" aria-labelledby="me-who"><h2 id="me-who">{t('ui.me.who')}</h2>
      <Facts rows={[
        [t('ui.word.name'), <>{who.person.name}{who.person.kana && ` (${who.person.kana})`}</>],
        [t('ui.word.body'), who.body.name],
        [t('ui.word.posts'), who.posts.map((one) => `${one.section_name} ${one.name}`).join('、') || t('ui.me.no_post')],
        [t('ui.word.roles'), who.roles.map((one) => roleName(one.role) + (one.scope ? ` (${one.scope})` : '')).join('、') || t('ui.me.no_role')],
        [t('ui.word.zone'), t(`ui.zone.${who.zone}`)],
        [t('ui.me.factors'), (who.factors ?? []).map((one) => first([`ui.factor.${one}`, one])).join('、')],
        [t('ui.me.until'), who.until ? <When at={who.until} /> : null],
      ]} />
      <p class="sk-note">{t('ui.me.wrong')}</p></section>
    <section class="sk-card" aria-labelledby="me-view"><h2 id="me-view">{t('ui.me.view')}</h2>
      <Choice<Lang> name="lang" legend={t('ui.me.lang')} values={['ja', 'en']} value={now} label={(one) => (one === 'ja' ? '日本語' : 'English')} set={(one) => void setLang(one)} />
      <Choice<Calendar> name="calendar" legend={t('ui.me.calendar')} values={['wareki', 'seireki']} value={era} label={(one) => t(`ui.calendar.${one}_example`)} set={setCalendar} />
      <p class="sk-note">{t('ui.me.kept')}</p></section>
  </>;
}
