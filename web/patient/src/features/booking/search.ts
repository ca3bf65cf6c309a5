/** The server answers from one Chinese character or two letters on. */
export function searchable(words: string): boolean {
  const text = words.trim()
  return /[\u3400-\u9fff]/.test(text) || text.replace(/\s/g, '').length >= 2
}
