// Login: name, then one factor after another as the server asks for them.
import { useEffect, useRef, useState } from 'preact/hooks';
import { ApiError, errorText, post } from '../lib/api';
import { span } from '../lib/format';
import { guardEnter, plainCode } from '../lib/ime';
import { t } from '../lib/messages';
import { lang } from '../lib/prefs';
import { go, place, safePath } from '../lib/route';
import { askSession, session } from '../lib/session';
import { use } from '../lib/store';
import { Field, H1, Notice } from '../part/bits';

interface Step { attempt: string; state: 'need' | 'done'; accept?: string[] }
type Stage = 'login' | 'password' | 'totp' | 'other';
const STAGES: Stage[] = ['login', 'password', 'totp'];

// The server may ask for a kind of factor these pages do not draw yet: say so, never a blank.
const stageOf = (accept: string[] | undefined): Stage => (accept?.includes('password') ? 'password' : accept?.includes('totp') ? 'totp' : 'other');

function useCountdown() {
  const [until, setUntil] = useState(0);
  const [left, setLeft] = useState(0);
  useEffect(() => {
    if (!until) return undefined;
    const tick = () => { const now = (until - Date.now()) / 1000; setLeft(Math.max(0, now)); if (now <= 0) setUntil(0); };
    tick();
    const timer = setInterval(tick, 500);
    return () => clearInterval(timer);
  }, [until]);
  return { left, start: (seconds: number) => { setLeft(seconds); setUntil(Date.now() + seconds * 1000); } };
}

function Steps({ stage }: { stage: Stage }) {
  const at = STAGES.indexOf(stage);
  return <ol class="sk-steps">{STAGES.map((one, n) => <li key={one} class={n < at ? 'sk-steps__done' : ''} aria-current={n === at ? 'step' : undefined}>
    <span aria-hidden="true">{n < at ? '✓' : n === at ? '●' : '○'}</span> {t(`ui.login.step.${one}`)}</li>)}</ol>;
}

export function Login() {
  const { query } = use(place);
  const who = use(session);
  const [login, setLogin] = useState('');
  const [secret, setSecret] = useState('');
  const [stage, setStage] = useState<Stage>('login');
  const [attempt, setAttempt] = useState('');
  const [error, setError] = useState<{ text: string; wait: boolean } | null>(null);
  const [busy, setBusy] = useState(false);
  const wait = useCountdown();
  const box = useRef<HTMLInputElement>(null);
  const next = safePath(query.get('next'));
  const why = query.get('why');

  useEffect(() => { if (who) go(next, { replace: true }); }, [who]);
  useEffect(() => { box.current?.focus(); }, [stage]);

  const take = async (answer: Step) => {
    setError(null);
    setSecret('');
    if (answer.state === 'done') { await askSession(); return; }
    setAttempt(answer.attempt || attempt);
    setStage(stageOf(answer.accept));
  };

  const fail = (reason: unknown) => {
    const retry = reason instanceof ApiError ? Number(reason.args['retry_s'] ?? 0) : 0;
    if (retry > 0) wait.start(retry);
    setError({ text: errorText(reason), wait: retry > 0 });
    setSecret('');
    if (reason instanceof ApiError && reason.code === 'auth.attempt_expired') setStage('login');
    box.current?.focus();
  };

  const step = async (id: string) => post<Step>('auth/step', {
    attempt: id, factor: stage, data: stage === 'password' ? { password: secret } : { code: plainCode(secret) },
  });

  const send = async (event: Event) => {
    event.preventDefault();
    if (busy || wait.left > 0) return;
    const value = stage === 'login' ? login.trim() : secret;
    if (!value) { setError({ text: t(`ui.login.empty.${stage}`), wait: false }); box.current?.focus(); return; }
    setBusy(true);
    try {
      if (stage === 'login') await take(await post<Step>('auth/begin', { login: login.trim().normalize('NFKC') }));
      else await take(await step(attempt));
    } catch (reason) {
      fail(reason);
    } finally {
      setBusy(false);
    }
  };

  const back = () => { setStage('login'); setSecret(''); setError(null); };
  const shown = error ? (error.wait && wait.left > 0 ? `${error.text} ${t('ui.login.wait', { left: span(wait.left, lang.get()) })}` : error.text) : undefined;
  const id = `login-${stage}`;
  return <div class="sk-narrow">
    <H1>{t('ui.page.login.title')}</H1>
    {why === 'session' && <Notice kind="info"><p>{t('ui.login.why.session')}</p></Notice>}
    {why === 'bye' && <Notice kind="good"><p>{t('ui.login.why.bye')}</p></Notice>}
    <Steps stage={stage} />
    {stage === 'other'
      ? <Notice kind="warn"><p>{t('ui.login.other')}</p></Notice>
      : <form class="sk-card sk-login" onSubmit={(event) => void send(event)} onKeyDown={guardEnter} noValidate>
        {stage !== 'login' && <p class="sk-login__who">{t('ui.login.as', { login })} <button type="button" class="sk-button sk-button--text" onClick={back}>{t('ui.login.change')}</button></p>}
        <Field id={id} key={id} label={t(`ui.login.label.${stage}`)} help={t(`ui.login.help.${stage}`)} error={shown}>
          {(attributes) => stage === 'login'
            ? <input {...attributes} ref={box} class="sk-input" name="username" autoComplete="username" autoCapitalize="none" spellcheck={false} value={login} onInput={(event) => setLogin(event.currentTarget.value)} />
            : stage === 'password'
              ? <input {...attributes} ref={box} class="sk-input" type="password" name="password" autoComplete="current-password" value={secret} onInput={(event) => setSecret(event.currentTarget.value)} />
              : <input {...attributes} ref={box} class="sk-input sk-input--code" name="code" inputMode="numeric" autoComplete="one-time-code" value={secret} onInput={(event) => setSecret(event.currentTarget.value)} />}
        </Field>
        {shown && <p class="sk-hidden" role="alert">{error?.text}</p>}
        <button class="sk-button sk-button--main" type="submit" aria-disabled={busy || wait.left > 0 ? 'true' : undefined}>{t(stage === 'totp' ? 'ui.act.login' : 'ui.act.next')}</button>
      </form>}
    <p class="sk-note">{t('ui.login.note')}</p>
  </div>;
}
