export interface Part { text: string; strong: boolean }

/** Paragraphs (parted by an empty line) of a text in which **two stars** make words strong. */
export function marked(text: string): Part[][] {
  return text.split(/\n\s*\n/).map((paragraph) =>
    paragraph.trim().split('**').map((part, index) => ({ text: part, strong: index % 2 === 1 })).filter((part) => part.text))
    .filter((parts) => parts.length > 0)
}
