import type { ApiProblem } from '@/api/problem'
import type { Texts } from '@/i18n'

/** Words for a problem: the server's own where it spoke, ours where nothing arrived. */
export function describeProblem(problem: ApiProblem, t: Texts): { title: string; detail: string } {
  const words = t.common.problem
  if (problem.code === 'client.offline') return { title: words.offlineTitle, detail: words.offlineDetail }
  if (problem.code === 'client.timeout') return { title: words.timeoutTitle, detail: words.timeoutDetail }
  if (!problem.title) return { title: words.unreadableTitle, detail: words.unreadableDetail }
  return { title: problem.title, detail: problem.detail }
}

/** What the server says against what was typed, in one line under its field; empty when the fault lies elsewhere. */
export function refusalOf(problem: ApiProblem): string {
  if (problem.status < 400 || problem.status >= 500) return ''
  const chinese = /[\u4e00-\u9fff]/.test(problem.title)
  return problem.fields[0]?.message ?? [problem.title, problem.detail].filter(Boolean).join(chinese ? '。' : '. ').replace(/。+/g, '。')
}
