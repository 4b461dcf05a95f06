// 自分の授受: my own transfers with their live state.
import { useData } from '../lib/data';
import { t } from '../lib/messages';
import { useWatch } from '../lib/pulse';
import type { Transfer } from '../lib/types';
import { A, Await, H1 } from '../part/bits';
import { running, TransferTable } from '../part/transfer';

// A draft without any file is nothing yet.
const shown = (rows: Transfer[]) => rows.filter((one) => one.state !== 'draft' || !one.items || one.items.length > 0);

export function Sent() {
  const asked = useData<{ transfers: Transfer[] }>('transfers?box=sent');
  useWatch((asked.data?.transfers ?? []).some((one) => one.state === 'submitted' || one.state === 'releasing'));
  return <><H1>{t('ui.page.sent.title')}</H1>
    <Await of={asked}>{(data) => (shown(data.transfers).length
      ? <TransferTable rows={shown(data.transfers)} caption={t('ui.page.sent.title')} person="receiver" />
      : <p>{t('ui.sent.empty')} <A href="/">{t('ui.page.send.title')}</A></p>)}</Await></>;
}
