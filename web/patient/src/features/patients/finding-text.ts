import type { Texts } from '@/i18n'
import type { Finding } from './documents'

/** What a finding about a document number says to the person who is typing. */
export function findingText(finding: Finding, t: Texts): string {
  return finding.kind === 'missing' ? t.patients.check.missing(finding.left) : t.patients.check[finding.kind]
}
