let last = 0

/** An id no other field of the app has. */
export function nextFieldId(): string {
  last += 1
  return `j-field-${last}`
}
