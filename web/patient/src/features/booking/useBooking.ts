import { computed, ref } from 'vue'

import { createAppointment, previewBooking } from '@/api/booking'
import { randomId } from '@/api/client'
import { isProblem } from '@/api/problem'
import type { Finding, VisitKind } from '@/api/types'
import { useResource } from '@/api/useResource'
import { useText } from '@/i18n'
import { useSession } from '@/stores/session'
import { goInstead } from '@/ui/go'
import { describeProblem } from '@/ui/problem-text'
import { toast } from '@/ui/toast'
import { faceOf } from './appointment-view'

interface Wish { slotId: string; patientId: string; applicationId?: string }

/** Milliseconds before the ticket's end at which a new one is fetched first. */
const TICKET_MARGIN = 5_000

/**
 * Confirming a booking: preview for slot and patient, reason, consent, and the one act.
 *
 * One wish (slot and patient) keeps one idempotency key, so that trying again after a lost answer gives the first
 * booking back. After success the page is left for the hold or, with nothing to pay, for the ticket.
 */
export function useBooking(wish: () => Wish) {
  const { t } = useText()
  const session = useSession()
  const reason = ref('')
  const visitKind = ref<VisitKind | null>(null)
  const agreed = ref(false)
  const busy = ref(false)
  const refusal = ref<Finding | null>(null)
  let key = { wish: '', value: '' }

  const preview = useResource(async () => {
    const { slotId, patientId, applicationId } = wish()
    refusal.value = null
    return previewBooking({ slot_id: slotId, patient_id: patientId, mdt_application_id: applicationId })
  })
  const ready = computed(() => preview.data.value !== null && preview.data.value.blocks.length === 0 && !preview.loading.value)

  function keyFor(of: Wish): string {
    const name = `${of.slotId}/${of.patientId}`
    if (key.wish !== name) key = { wish: name, value: randomId() }
    return key.value
  }

  async function freshTicket(): Promise<string | null> {
    const shown = preview.data.value
    if (shown?.ticket && shown.ticket_expires_at && Date.parse(shown.ticket_expires_at) - session.now() > TICKET_MARGIN) return shown.ticket
    const renewed = await preview.load()
    return renewed && renewed.blocks.length === 0 ? renewed.ticket : null
  }

  async function book(): Promise<void> {
    if (!agreed.value) {
      toast(t.value.booking.confirm.agreeFirst)
      return
    }
    busy.value = true
    refusal.value = null
    try {
      const of = wish()
      const ticket = await freshTicket()
      if (!ticket) return
      const appointment = await createAppointment({
        slot_id: of.slotId, patient_id: of.patientId, ticket, visit_kind: visitKind.value, mdt_application_id: of.applicationId,
        reason: reason.value.trim() || undefined, agreements: preview.data.value?.agreements.map((paper) => paper.id) ?? [],
      }, keyFor(of))
      if (faceOf(appointment.state) === 'hold') goInstead('/pages/booking/hold', { id: appointment.id })
      else goInstead('/pages/booking/appointment', { id: appointment.id, fresh: 1 })
    } catch (error) {
      if (!isProblem(error)) throw error
      refusal.value = { code: error.code, ...describeProblem(error, t.value) }
      // Refused for good: a later try is a new wish. Unanswered: the same wish is asked again with the same key.
      if (!error.unanswered) key = { wish: '', value: '' }
    } finally {
      busy.value = false
    }
  }

  return { preview, reason, visitKind, agreed, busy, refusal, ready, book }
}
