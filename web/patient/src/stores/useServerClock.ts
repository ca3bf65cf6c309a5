import { onMounted, onUnmounted, ref, type Ref } from 'vue'

import { onReturn } from '@/platform/host'
import { useSession } from './session'

/** The server's clock as a ref, moving every `every` milliseconds while the page lives; at once when the user returns. */
export function useServerClock(every = 1000): Ref<number> {
  const session = useSession()
  const now = ref(session.now())
  const tick = () => { now.value = session.now() }
  let timer: ReturnType<typeof setInterval> | undefined
  let stop: (() => void) | undefined
  onMounted(() => {
    timer = setInterval(tick, every)
    stop = onReturn(tick)
  })
  onUnmounted(() => {
    if (timer) clearInterval(timer)
    stop?.()
  })
  return now
}
