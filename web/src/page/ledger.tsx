// 台帳の証明: the newest checkpoint and how anybody verifies it without this system.
import { useState } from 'preact/hooks';
import { useData } from '../lib/data';
import { count } from '../lib/format';
import { guardEnter, plainCode } from '../lib/ime';
import { t } from '../lib/messages';
import type { LedgerHead } from '../lib/types';
import { Await, Facts, Field, H1, Hash, When } from '../part/bits';

function Receipt({ size }: { size: number }) {
  const [number, setNumber] = useState('');
  const [error, setError] = useState('');
  const fetchIt = (event: Event) => {
    event.preventDefault();
    const plain = plainCode(number);
    if (!/^\d{1,15}$/.test(plain) || Number(plain) >= size) { setError(t('ui.ledger.bad_number', { last: size - 1 })); document.getElementById('ledger-number')?.focus(); return; }
    setError('');
    const link = document.createElement('a');
    link.href = `/api/v1/ledger/receipt/${plain}`;
    link.download = `leaf-${plain}.tlog-proof`;
    link.click();
  };
  return <form onSubmit={fetchIt} onKeyDown={guardEnter} noValidate><Field id="ledger-number" label={t('ui.ledger.number')} help={t('ui.ledger.number_help')} error={error || undefined}>
    {(attributes) => <input {...attributes} class="sk-input sk-input--code" inputMode="numeric" value={number} onInput={(event) => setNumber(event.currentTarget.value)} />}</Field>
    <p class="sk-buttons"><button type="submit" class="sk-button">{t('ui.ledger.get')}</button></p></form>;
}

export function Ledger() {
  const asked = useData<LedgerHead>('ledger/head');
  return <><H1>{t('ui.page.ledger.title')}</H1><p>{t('ui.ledger.what')}</p>
    <Await of={asked}>{(head) => <>
      <section class="sk-card" aria-labelledby="head"><h2 id="head">{t('ui.ledger.head')}</h2>
        <Facts rows={[[t('ui.ledger.origin'), head.origin], [t('ui.ledger.size'), count(head.size)], [t('ui.ledger.root'), <Hash value={head.root} />], [t('ui.ledger.at'), <When at={head.at} />]]} />
        <pre class="sk-pre" tabIndex={0} role="region" aria-label={t('ui.ledger.checkpoint')}>{head.checkpoint}</pre></section>
      <section class="sk-card" aria-labelledby="receipt"><h2 id="receipt">{t('ui.ledger.receipt')}</h2><Receipt size={head.size} /></section></>}</Await>
    <section class="sk-card" aria-labelledby="verify"><h2 id="verify">{t('ui.ledger.verify')}</h2><ol class="sk-list">{['one', 'two', 'three'].map((one) => <li key={one}>{t(`ui.ledger.verify.${one}`)}</li>)}</ol>
      <pre class="sk-pre" tabIndex={0} role="region" aria-label={t('ui.ledger.command')}>sekisho ledger verify --receipt leaf-12.tlog-proof --vkey '…'</pre></section></>;
}
