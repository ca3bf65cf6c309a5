export interface FieldNames { label: string; invalid: boolean; autocomplete?: string; name?: string }

/**
 * Give the native control inside a uni-app field its name. On H5 uni-app keeps aria and autocomplete attributes on its
 * own outer element, where assistive technology does not look. `id` is that of an element around the field.
 */
export function nameControl(id: string, names: FieldNames): void {
  // #ifdef H5
  const control = document.getElementById(id)?.querySelector('input, textarea')
  if (!control) return
  control.setAttribute('aria-label', names.label)
  control.setAttribute('aria-invalid', String(names.invalid))
  if (names.autocomplete) control.setAttribute('autocomplete', names.autocomplete)
  if (names.name) control.setAttribute('name', names.name)
  // #endif
}
