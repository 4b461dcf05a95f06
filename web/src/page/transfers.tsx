// 授受: what came to me, what waits for a decision of mine, what I sent.
import { useData } from '../lib/data';
import { t } from '../lib/messages';
import { place } from '../lib/route';
import { use } from '../lib/store';
import type { Transfer } from '../lib/types';
import { A, Await, H1 } from '../part/bits';
import { TransferTable } from '../part/transfer';

const BOXES = ['incoming', 'waiting', 'sent'];

export function Transfers() {
  const asked = use(place).query.get('box') ?? '';
  const box = BOXES.includes(asked) ? asked : 'incoming';
  const data = useData<{ transfers: Transfer[] }>(`transfers?box=${box}`);
  const name = t(`ui.box.${box}`);
  return <><H1>{t('ui.page.transfers.title')}</H1>
    <nav aria-label={t('ui.transfers.boxes')}><ul class="sk-tabs">{BOXES.map((one) => <li key={one}><A href={one === 'incoming' ? '/transfer' : `/transfer?box=${one}`} current={one === box}>{t(`ui.box.${one}`)}</A></li>)}</ul></nav>
    <Await of={data}>{(found) => (found.transfers.length ? <TransferTable rows={found.transfers} caption={name} person={box === 'sent' ? 'receiver' : 'sender'} /> : <p>{t(`ui.box.${box}.empty`)}</p>)}</Await></>;
}
