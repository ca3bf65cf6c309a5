import { ref } from 'vue'

import { isProblem } from '@/api/problem'
import { useText } from '@/i18n'
import { goFresh, HOME } from '@/ui/go'
import { describeProblem } from '@/ui/problem-text'
import { toast } from '@/ui/toast'
import { useSession } from '@/stores/session'

/** The button that signs in: H5 leaves for the sign-in page, a mini program starts afresh as the signed-in person. */
export function useSignIn() {
  const { t } = useText()
  const session = useSession()
  const entering = ref(false)

  async function enter(): Promise<void> {
    if (entering.value) return
    entering.value = true
    try {
      if (await session.signIn()) goFresh(HOME)
    } catch (error) {
      if (!isProblem(error)) throw error
      toast(describeProblem(error, t.value).title)
    } finally {
      entering.value = false
    }
  }

  return { entering, enter }
}
