// The guide of this portal, made from the page table.
import { t } from '../lib/messages';
import type { PageRow } from '../lib/route';
import { session } from '../lib/session';
import { use } from '../lib/store';
import { A, ClauseLink, H1 } from '../part/bits';

export function Help({ rows }: { rows: PageRow[] }) {
  const who = use(session);
  const zone = document.documentElement.dataset['zone'] ?? '';
  const steps = zone === 'internet' ? ['send', 'class', 'wait', 'take'] : zone === 'lgwan' ? ['inbox', 'decide', 'take', 'prove'] : ['inbox', 'policy'];
  return <>
    <H1>{t('ui.page.help.title')}</H1>
    <section class="sk-card" aria-labelledby="help-how"><h2 id="help-how">{t('ui.help.how')}</h2>
      <ol class="sk-list">{steps.map((one) => <li key={one}>{t(`ui.help.${zone}.${one}`)}</li>)}</ol></section>
    <section class="sk-card" aria-labelledby="help-pages"><h2 id="help-pages">{t('ui.help.pages')}</h2>
      <dl class="sk-facts">{rows.map((row) => <div class="sk-facts__row" key={row.path}>
        <dt>{!row.path.includes('<') && (who || !row.session) ? <A href={row.path}>{t(row.title)}</A> : t(row.title)}</dt>
        <dd>{t(row.help)} <small>({t('ui.word.ground')} {who ? <ClauseLink clause={row.clause} /> : row.clause.replace(/^\w+:/, '')})</small></dd></div>)}</dl></section>
    <section class="sk-card" aria-labelledby="help-stuck"><h2 id="help-stuck">{t('ui.help.stuck')}</h2>
      <ul class="sk-list">{['code', 'blocked', 'slow', 'other'].map((one) => <li key={one}>{t(`ui.help.stuck.${one}`)}</li>)}</ul></section>
    <section class="sk-card" aria-labelledby="help-keys"><h2 id="help-keys">{t('ui.help.keys')}</h2><p>{t('ui.help.keys.text')}</p></section>
    <p class="sk-note"><a href={new URL('./licences.txt', import.meta.url).pathname}>{t('ui.help.licences')}</a></p>
  </>;
}
