// The mynumber portal: work that lives in that zone, and the policy. No files cross from here.
import rows from 'pages:mynumber';
import { CoveragePage } from '../page/coverage';
import { PolicyDiff } from '../page/diff';
import { Help } from '../page/help';
import { Inbox } from '../page/inbox';
import { Login } from '../page/login';
import { Me } from '../page/me';
import { Policies } from '../page/policies';
import { PolicyPage } from '../page/policy';
import { start } from '../part/start';

void start({ zone: 'mynumber', rows, side: true, pages: { inbox: Inbox, policies: Policies, policy: PolicyPage, policydiff: PolicyDiff, coverage: CoveragePage, login: Login, me: Me, help: Help } });
