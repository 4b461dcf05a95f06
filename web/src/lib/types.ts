// What the server answers (docs/design/contract.md). Optional = a page must do without it.
import type { Args, Both } from './messages';

export interface Session {
  person: { id: string; name: string; kana?: string };
  body: { code: string; name: string };
  zone: string; demo?: boolean;
  posts: { post?: string; section?: string; section_name: string; name: string }[];
  roles: { role: string; scope?: string }[];
  factors?: string[];
  idle_s?: number; until?: number;
}

export interface ClassOf { id: string; label: Both | string }
export interface Flow {
  id: string; name: Both; from: string; to: string; clause: string[];
  classes: { id: string; label: Both; rank: number; limits: (Both | string)[] }[];
  receiver: string[];
  limits: { item: number; bundle: number; items: number };
}
export interface Explain { route: string; approver?: { role?: string; holder?: string; section?: string } | null; why?: Both; clause?: string | string[] }

export interface Item {
  item: string; name: string; name_out?: string; size: number; sha256?: string; state: string; verdict?: string;
  reasons?: string[]; removed?: number; offset?: number; size_out?: number; sha256_out?: string; kind?: string;
}
export interface Note { key: string; args?: Args }
export interface Stage { stage: string; state: string; at?: number; note?: Note | null }
export interface Move { name: string; allowed: boolean; why_not?: string; clause?: string }
export interface Event { at: number; kind: string; who?: string; log?: string; index?: number | null; leaf_state?: string; reason?: string }
export interface Person { id: string; name: string; section?: string }
export interface Transfer {
  id: string; number: string | null; rev: number; digest: string; state: string; flow: string; from?: string; to?: string;
  class?: ClassOf | null; purpose?: string; sender?: Person; receiver?: Person | null;
  created: number; submitted?: number; expires?: number;
  items?: Item[]; item_count?: number; record?: string; stages?: Stage[];
  waiting_for?: { step?: string; role?: string; section?: string; holders?: string[] } | null;
  events?: Event[]; moves?: Move[]; may?: { take?: boolean; withdraw?: boolean }; clause?: string[];
}

export interface Finding {
  id: string; switch?: string; action: string; object?: string; at?: string; count?: number; sha256?: string; host?: string;
  topic?: string; clause?: string;
}
export interface Reason { code: string; detail?: string; at?: string }
export interface Report {
  report: number; verdict: string; mode?: string; reasons?: (string | Reason)[];
  input?: { name: string; kind: string; size: number; sha256: string };
  output?: { name: string; kind: string; size: number; sha256: string } | null;
  findings: Finding[]; losses?: (string | Finding)[];
  children?: Report[];
  inspection?: { depth?: string; findings?: Finding[]; engine?: string } | null;
  engine?: { version: string }; profile?: { id: string; digest: string };
}
export interface ReportOf { item: string; name: string; report: Report | null }

export interface Task {
  kind: string; register?: string; record?: string; title: string | Both; applicant?: string; section?: string;
  class?: ClassOf | string | null; due?: number; waiting_since?: number; clause?: string; transfer?: string;
  step?: string; step_title?: Both; for?: string; rev?: number; digest?: string; bulk?: boolean;
}
export interface Inbox { items: Task[]; counts: { decide: number; sent_back: number; late: number; week: number; read?: number } }

export type Counts = Partial<Record<'enforced' | 'running' | 'checked' | 'evidenced' | 'not_verified' | 'open_gap', number>>;
export interface PolicyDoc {
  doc: string; title: string; body?: string; version?: string; visibility?: string; counts?: Counts;
  chapters?: { key: string; label: string; title: string; counts?: Counts }[];
  versions?: VersionRow[]; link?: { body: string; doc?: string } | 'external' | null; older_topics?: boolean;
}
export interface ClauseRow { key: string; label: string; depth: number; kind?: string; title?: string | null; text?: string | null; state?: string | null; controls?: number; exception_until?: number; role?: string[] | string | null; chapter?: string | null }
export interface ClausePane {
  key: string; label: string; path?: unknown; title?: string | null; text?: string | null; state?: string | null; since?: number;
  topics?: { id: string; title: Both }[];
  controls?: { id: string; title: Both; kind?: string; state?: string; verdict?: string; at?: number; live?: Note | null }[];
  evidence?: { log?: string; index: number; at: number; kind: string; record?: string }[];
  role?: string[] | string | null; parts?: PartRow[]; exceptions?: { record: string; until?: number | string | null }[];
  refs?: { doc: string; label: string; key?: string }[]; reason?: Note | string | null;
}
export interface LedgerHead { origin: string; size: number; root: string; at: number; checkpoint: string }
export interface Status { zone: string; ready?: boolean; queue?: { waiting: number; running: number }; scanner?: { state: string }; ledger?: { up: boolean; behind: number } }
export interface Pulse { n: number; waiting?: number; mine_running?: boolean | number }

// The policy: versions, bodies, differences, coverage, importing.
export interface Named { id: string; name: string }
export interface VersionRow { version: string; state: 'draft' | 'confirmed' | 'in_force' | 'replaced' | string; effective?: string | number | null }
export interface ProfilePlace { doc: string; label: string; key: string }
export interface ProfilePart { topic: string; part: string; title: Both | string; verdict: string; confirmed: boolean; clauses: ProfilePlace[] }
export interface ProfileZone { id: string; ordered: boolean; parts: ProfilePart[] }
export interface ProfileClass { axis: string; code: string; title: string; rank: number; limits: { text: string; clause: ProfilePlace | null }[]; unsure: boolean; fixed: boolean; clause: ProfilePlace | null }
export interface Profile {
  zones: ProfileZone[]; classes: ProfileClass[];
  staff: { short: string; counts: string[]; unsure: boolean; fixed: boolean; places: { doc: string; term: string; counts: string[]; clause: ProfilePlace | null }[] } | null;
  roles: { role: string; title: string; holder: string; clause: ProfilePlace | null }[]; bodies: { id: string; word: string; clause: ProfilePlace | null }[];
  unsure: number; links?: { doc: string; body: string; name: string }[]; findings?: { code: string; flow: string; class?: string }[];
}
export interface PolicyIndex { documents: PolicyDoc[]; body?: Named; bodies?: Named[]; may?: { import?: boolean }; profile?: Profile | null }
export interface PolicyText { doc: string; title: string; version?: string; clauses: ClauseRow[] }
export interface PartRow {
  topic: string; part?: string; title: Both | string; kind?: string[]; by?: string;
  answers?: (string | { id: string; title?: Both | string | null })[]; state?: string | null; confidence?: string; confirmed?: boolean;
}
export interface DiffSide { key: string; label: string; title?: string | null; text?: string | null }
export interface DiffPair { kind: string; fields?: string[]; old: DiffSide | null; new: DiffSide | null; spans?: [string, string][]; recheck?: boolean; task?: string }
export interface DiffEnd { body?: string; version?: string }
export interface Diff { from: DiffEnd; to: DiffEnd; counts: Record<string, number>; pairs: DiffPair[] }
export interface CoveragePart {
  key: string; title: Both | string; kind?: string[]; by?: string; answers?: PartRow['answers']; verdict: string;
  clauses?: { doc: string; label: string; key: string }[]; expected?: string | Note | null; found?: string | Note | null;
}
export interface CoverageTopic { id: string; group?: string; title: Both | string; kind?: string[]; parts: CoveragePart[] }
export interface CoverageChapter { doc: string; label: string; title: string; leaves: number; bound: number; kind?: Record<string, number>; answered: number; gaps: number }
export interface Coverage { topics: CoverageTopic[]; counts: Record<string, number>; chapters: CoverageChapter[]; links?: unknown[]; older_topics?: string[] }
export interface Candidate { topic: string; part?: string | null; title: Both | string; score?: number }
export type Choice = { topic: string; part?: string | null } | { accept: true } | { local: string } | { none: true } | { doc: string } | { value: string } | { open: true };
export interface Question {
  id: string; kind: 'finding' | 'binding' | 'document' | string; doc?: string; key?: string; label?: string; title?: string | null; text?: string | null;
  code?: string; severity?: string; at?: [number, number] | null; candidates?: Candidate[]; chosen?: Choice | null;
  profile?: { options: string[]; value: string };
}
export interface ImportDoc { doc: string; title?: string; version?: string; dated?: string; chapters?: number; nodes?: number; leaves?: number; replaces?: string | null }
export interface Import {
  id: string; state: 'reading' | 'read' | 'failed' | 'confirmed' | string; error?: { code: string; detail?: string; args?: Args } | null;
  name: string; sha256?: string; digest: string; body: { id: string; name: string; new?: boolean };
  documents: ImportDoc[]; counts: { clauses?: number; sure?: number; likely?: number; ask?: number; none?: number; questions?: number }; questions: Question[];
}
export interface ImportBrief { id: string; state: string; name: string; body?: { id: string; name: string }; at?: number; questions?: number }
export interface ImportClause {
  doc: string; key: string; label: string; depth: number; kind?: string; title?: string | null; text?: string | null; at?: [number, number] | null;
  bindings?: { topic: string; part?: string | null; title: Both | string; confidence: string }[]; findings?: { code: string; severity: string; text?: string }[];
}
