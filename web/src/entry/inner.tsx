// The LGWAN portal.
import rows from 'pages:lgwan';
import { Help } from '../page/help';
import { Inbox } from '../page/inbox';
import { Login } from '../page/login';
import { Me } from '../page/me';
import { Policies } from '../page/policies';
import { PolicyPage } from '../page/policy';
import { RecordPage } from '../page/record';
import { RecordForm } from '../page/recordform';
import { RegisterPage } from '../page/register';
import { Registers } from '../page/registers';
import { TransferPage } from '../page/transfer';
import { Transfers } from '../page/transfers';
import { later } from '../part/lazy';
import { start } from '../part/start';

const page = later(() => import('./later'));

void start({
  zone: 'lgwan', rows, side: true,
  pages: {
    inbox: Inbox, transfers: Transfers, transfer: TransferPage, policies: Policies, policy: PolicyPage, login: Login, me: Me, help: Help,
    registers: Registers, register: RegisterPage, record: RecordPage, recordform: RecordForm,
    recordimport: page('RecordImport'), absence: page('AbsencePage'), calendar: page('CalendarPage'), search: page('SearchPage'),
    policyimport: page('PolicyImport'), policydiff: page('PolicyDiff'), coverage: page('CoveragePage'), ledger: page('Ledger'),
  },
});
