// The eras, newest first: the same table as the C side has. A new era is one line here and there.
export interface Era { kanji: string; letter: string; roman: string; from: { y: number; m: number; d: number } }

export const ERAS: Era[] = [
  { kanji: '令和', letter: 'R', roman: 'Reiwa', from: { y: 2019, m: 5, d: 1 } },
  { kanji: '平成', letter: 'H', roman: 'Heisei', from: { y: 1989, m: 1, d: 8 } },
  { kanji: '昭和', letter: 'S', roman: 'Showa', from: { y: 1926, m: 12, d: 25 } },
  { kanji: '大正', letter: 'T', roman: 'Taisho', from: { y: 1912, m: 7, d: 30 } },
  { kanji: '明治', letter: 'M', roman: 'Meiji', from: { y: 1868, m: 1, d: 25 } },
];
