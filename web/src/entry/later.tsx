// The pages of the LGWAN portal that are fetched when one of them is opened.
export { AbsencePage } from '../page/absence';
export { CalendarPage } from '../page/calendar';
export { CoveragePage } from '../page/coverage';
export { PolicyDiff } from '../page/diff';
export { PolicyImport } from '../page/import';
export { Ledger } from '../page/ledger';
export { RecordImport } from '../page/recordimport';
export { SearchPage } from '../page/search';
