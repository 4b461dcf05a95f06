// The LGWAN portal.
import rows from 'pages:lgwan';
import { CoveragePage } from '../page/coverage';
import { PolicyDiff } from '../page/diff';
import { Help } from '../page/help';
import { PolicyImport } from '../page/import';
import { Inbox } from '../page/inbox';
import { Ledger } from '../page/ledger';
import { Login } from '../page/login';
import { Me } from '../page/me';
import { Policies } from '../page/policies';
import { PolicyPage } from '../page/policy';
import { TransferPage } from '../page/transfer';
import { Transfers } from '../page/transfers';
import { start } from '../part/start';

void start({
  zone: 'lgwan', rows, side: true,
  pages: { inbox: Inbox, transfers: Transfers, transfer: TransferPage, policies: Policies, policy: PolicyPage, policyimport: PolicyImport, policydiff: PolicyDiff, coverage: CoveragePage, ledger: Ledger, login: Login, me: Me, help: Help },
});
