import { onUnmounted, ref } from 'vue'

import { getAppointment } from '@/api/booking'
import { useResource } from '@/api/useResource'
import { isMoving } from './appointment-view'

const FAST = 1_500
const SLOW = 5_000
const FAST_FOR = 20_000

/** One appointment, kept on the phone for use without a network; asked for again while the server still works on it. */
export function useAppointment() {
  const id = ref('')
  const resource = useResource(() => getAppointment(id.value), () => `appointment.${id.value}`)
  let timer: ReturnType<typeof setTimeout> | undefined
  let since = Date.now()
  let alive = true

  function again() {
    if (timer) clearTimeout(timer)
    const current = resource.data.value
    if (!alive || !current || !isMoving(current)) return
    timer = setTimeout(() => { void load() }, Date.now() - since < FAST_FOR ? FAST : SLOW)
  }

  async function load() {
    const answer = await resource.load()
    again()
    return answer
  }

  function open(appointmentId: string) {
    id.value = appointmentId
    since = Date.now()
    return load()
  }

  onUnmounted(() => {
    alive = false
    if (timer) clearTimeout(timer)
  })
  return { ...resource, id, open, load }
}
