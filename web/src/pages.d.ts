declare module 'pages:*' {
  const rows: import('./lib/route').PageRow[];
  export default rows;
}
declare module 'eras:table' {
  const table: { kanji: string; letter: string; first: number; from: { y: number; m: number; d: number } }[];
  export default table;
}
