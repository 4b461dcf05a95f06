declare module 'pages:*' {
  const rows: import('./lib/route').PageRow[];
  export default rows;
}
