const usualPieceChars = 24;
const maxPieces = 200;

/**
 * Cuts a text into pieces for streaming; joined they are the text. Pieces are whole words where there are enough words,
 * otherwise characters (never half of one). Without a number of pieces: about one piece for every few words.
 */
export function splitText(text: string, pieces = Math.max(3, Math.ceil(text.length / usualPieceChars))): string[] {
  if (text === '') return [];
  const words = text.split(/(?<=\s)(?=\S)/);
  const wanted = Math.max(1, Math.min(Math.floor(pieces), maxPieces));
  const units = words.length >= wanted ? words : [...text];
  const count = Math.min(wanted, units.length);
  return Array.from({ length: count }, (_, index) => {
    const from = Math.floor((index * units.length) / count);
    const to = Math.floor(((index + 1) * units.length) / count);
    return units.slice(from, to).join('');
  });
}
