// The internet portal.
import rows from 'pages:internet';
import { Help } from '../page/help';
import { Login } from '../page/login';
import { Me } from '../page/me';
import { Send } from '../page/send';
import { Sent } from '../page/sent';
import { TransferPage } from '../page/transfer';
import { start } from '../part/start';

void start({ zone: 'internet', rows, side: false, pages: { send: Send, sent: Sent, transfer: TransferPage, login: Login, me: Me, help: Help } });
