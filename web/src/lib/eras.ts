// The eras, newest first, from the very table the C side compiles (src/base/text/eras.def).
import table from 'eras:table';

export interface Era { kanji: string; letter: string; roman: string; first: number; from: { y: number; m: number; d: number } }

// The name in Latin letters; an era that is not here yet goes by its letter.
const ROMAN: Record<string, string> = { R: 'Reiwa', H: 'Heisei', S: 'Showa', T: 'Taisho', M: 'Meiji' };

export const ERAS: Era[] = table.map((era) => ({ ...era, roman: ROMAN[era.letter] ?? era.letter }));
