/**
 * Shapes of the patient API, in the layout `openapi-typescript` writes (`components["schemas"]`), so that this file can
 * be replaced by a generated one. Pages import the names from `@/api/types`, never from here.
 */
export interface components {
  schemas: {
    Problem: {
      status: number
      code: string
      title: string
      detail: string
      request_id: string
      params?: Record<string, unknown>
      fields?: { field: string; message: string }[]
    }

    Hospital: {
      name: string
      name_en: string
      short_name: string
      short_name_en: string
      phone: string
      address: string
      address_en: string
      emergency_phone: string
      icp: string
    }
    HomeBlock: { block: string; variant: string }
    Notice: { id: string; title: string; title_en?: string; at: string }
    Limits: {
      patients_max: number
      adds_per_30_days: number
      hold_minutes: number
      window_days: number
      [name: string]: number
    }
    Bootstrap: {
      hospital: components['schemas']['Hospital']
      channel: components['schemas']['Channel']
      features: string[]
      home_design: { style: string; blocks: components['schemas']['HomeBlock'][] }
      sdk: { wechat_js_url: string | null; alipay_js_url: string | null }
      server_time: string
      csrf_token: string | null
      me: components['schemas']['Me'] | null
      notices: components['schemas']['Notice'][]
      limits: components['schemas']['Limits']
    }
    Channel: 'wechat_oa' | 'alipay_life' | 'alipay_mini' | 'wechat_mini'
    Me: {
      account_id: string
      channel: components['schemas']['Channel']
      phone: string | null
      patients_count: number
      default_patient: components['schemas']['Patient'] | null
      unread_messages: number
    }
    WechatJsConfig: { app_id: string; timestamp: number; nonce_str: string; signature: string; js_api_list: string[] }
    Session: {
      id: string
      channel: components['schemas']['Channel']
      device: string
      created_at: string
      last_seen_at: string
      current: boolean
    }
    /** A way in to the account: one for each channel. */
    Way: {
      id: string
      channel: components['schemas']['Channel']
      label: string
      is_me: boolean
      joined_at: string | null
      last_seen_at: string | null
      can_detach: boolean
    }
    /** Joining begun: the phone is proved, nothing of another account is told yet. */
    Joining: { id: string; expires_at: string }
    /** What two accounts will see together. */
    JoiningOffer: {
      id: string
      expires_at: string
      ways: string[]
      patients: { name: string; relation: components['schemas']['Relation']; side: 'here' | 'there' | 'both' }[]
      new_hours: number
    }
    Code: { code_id: string; phone: string; expires_in: number; resend_in: number; length: number }

    DocumentType: 'mainland_id' | 'residence_permit' | 'hk_macao_permit' | 'taiwan_permit' | 'passport' | 'none_child'
    Sex: 'male' | 'female' | 'unknown'
    Relation: 'self' | 'parent' | 'child' | 'spouse' | 'other'
    Patient: {
      id: string
      name: string
      document_type: components['schemas']['DocumentType']
      document_number: string
      sex: components['schemas']['Sex']
      birth_date: string
      age: number
      phone: string
      card_no: string | null
      relation: components['schemas']['Relation']
      is_default: boolean
      is_minor: boolean
      guardian_name: string | null
      has_file: boolean
      bound_at: string
      state: 'active' | 'pending'
    }
    NewVerification: {
      document_type: components['schemas']['DocumentType']
      document_number: string | null
      name: string
      relation: components['schemas']['Relation']
      phone: string
      birth_date?: string
      sex?: components['schemas']['Sex']
      card_no?: string
      guardian?: { patient_id: string }
      consents: string[]
    }
    VerificationWay: { way: 'sms_on_file' | 'sms_new_phone' | 'counter_code'; phone?: string | null }
    Verification: {
      id: string
      outcome: string
      name: string
      document_number: string
      ways: components['schemas']['VerificationWay'][]
      expires_at: string
    }
    Binding: {
      id: string
      account_label: string
      channel: components['schemas']['Channel']
      is_me: boolean
      relation: components['schemas']['Relation']
      way: string
      phone: string | null
      bound_at: string
      confirmed: boolean
      last_seen_at: string | null
      seen: { appointments: number; reports: number }
    }
    Bindings: { items: components['schemas']['Binding'][]; notify_on_binding: boolean; require_consent: boolean }
    Access: { at: string; who: string; what: string; count: number }
    PatientCard: { card_no: string; qr: string; name: string; refreshed_at: string }

    Campus: { id: string; name: string; name_en: string; address: string; address_en: string; phone: string }
    ClinicKind: 'ordinary' | 'expert' | 'special' | 'mdt'
    Department: {
      id: string
      code: string
      name: string
      name_en: string
      parent_id: string | null
      campus_ids: string[]
      state: 'open' | 'closed' | 'walk_in_only'
      state_reason: string
      state_reason_en: string
      clinic_kinds: components['schemas']['ClinicKind'][]
      next_date: string | null
      next_state: 'today' | 'date' | 'waitlist' | 'none' | 'walk_in' | 'closed'
      floor: string
      intro: string
      intro_en: string
      pinyin: string
      hint: string
    }
    DepartmentGroup: { id: string; name: string; name_en: string; departments: components['schemas']['Department'][] }
    Doctor: {
      id: string
      name: string
      name_en: string
      title: string
      title_en: string
      department_id: string
      department_name: string
      department_name_en: string
      speciality: string
      speciality_en: string
      intro: string
      intro_en: string
      portrait: string
      clinic_kinds: components['schemas']['ClinicKind'][]
      campus_ids: string[]
      is_favourite: boolean
      next_date: string | null
      fee_from_fen: number
    }
    SearchResult: { departments: components['schemas']['Department'][]; doctors: components['schemas']['Doctor'][] }

    NamedRef: { id: string; name: string; name_en: string }
    ClinicDate: { date: string; weekday: number; state: 'available' | 'full' | 'stopped' | 'none' }
    Clinic: {
      id: string
      date: string
      session: 'morning' | 'afternoon' | 'evening' | 'all_day'
      clinic_kind: components['schemas']['ClinicKind']
      doctor: components['schemas']['Doctor'] | null
      department: components['schemas']['NamedRef']
      campus: components['schemas']['NamedRef']
      place: string
      place_en: string
      room: string
      fee_fen: number
      remaining: number
      earliest: string | null
      state: 'available' | 'full' | 'stopped' | 'released_later' | 'ended'
      stop_reason: string | null
      releases_at: string | null
      note: string
      mdt_team_id?: string | null
    }
    Clinics: {
      dates: components['schemas']['ClinicDate'][]
      release_note: { at: string } | null
      items: components['schemas']['Clinic'][]
    }
    Slot: {
      id: string
      start: string
      end: string
      starts_at: string
      remaining: number
      state: 'available' | 'few' | 'full' | 'reserved' | 'ended' | 'stopped'
      releases_at: string | null
    }
    Rule: { kind: 'cancel' | 'check_in' | 'no_show' | 'limit'; title: string; text: string }
    ClinicSlots: {
      clinic: components['schemas']['Clinic']
      items: components['schemas']['Slot'][]
      rules: components['schemas']['Rule'][]
    }
    Finding: { code: string; title: string; detail: string }
    AgreementRef: { id: string; title: string; text: string }
    FeeItem: { name: string; name_en: string; fen: number }
    PatientBrief: { id: string; name: string; card_no: string | null }
    Preview: {
      /** Null when there are blocks. */
      ticket: string | null
      ticket_expires_at: string | null
      clinic: components['schemas']['Clinic']
      slot: components['schemas']['Slot']
      patient: components['schemas']['PatientBrief']
      fee_fen: number
      fee_items: components['schemas']['FeeItem'][]
      insurance: { kind: string; note: string }
      cancel_deadline: string
      agreements: components['schemas']['AgreementRef'][]
      warnings: components['schemas']['Finding'][]
      blocks: components['schemas']['Finding'][]
    }
    VisitKind: 'first' | 'follow_up' | 'results' | 'medicine'
    NewAppointment: {
      slot_id: string
      patient_id: string
      ticket: string
      reason?: string
      visit_kind: components['schemas']['VisitKind'] | null
      agreements: string[]
      mdt_application_id?: string
    }
    AppointmentState:
      | 'placing' | 'awaiting_payment' | 'confirming' | 'booked' | 'checked_in' | 'called' | 'done' | 'cancelling'
      | 'cancelled' | 'expired' | 'not_booked_refunding' | 'not_booked_refunded' | 'not_booked' | 'stopped'
      | 'stopped_refunded' | 'no_show' | 'passed'
    PayState: 'none' | 'unpaid' | 'paying' | 'paid' | 'refunding' | 'refunded' | 'refund_failed'
    TimelineEntry: { at: string; code: string; title: string; by: 'patient' | 'hospital' | 'system' }
    AppointmentRefund: {
      no: string
      amount_fen: number
      route: string
      route_en: string
      requested_at: string
      completed_at: string | null
      expected: string
    }
    Offer: { slot: components['schemas']['Slot']; clinic: components['schemas']['Clinic'] }
    Appointment: {
      id: string
      number: string
      state: components['schemas']['AppointmentState']
      state_title: string
      state_detail: string
      patient: components['schemas']['PatientBrief']
      clinic: components['schemas']['Clinic']
      slot: components['schemas']['Slot']
      visit_kind: components['schemas']['VisitKind'] | null
      reason: string | null
      sequence_no: number | null
      place: string
      place_en: string
      room: string
      fee_fen: number
      order_id: string | null
      pay_state: components['schemas']['PayState']
      paid_fen: number
      insurance_fen: number
      refunded_fen: number
      held_until: string | null
      check_in_from: string | null
      check_in_to: string | null
      cancel_deadline: string
      can_cancel: boolean
      cancel_blocked_reason: string | null
      created_at: string
      timeline: components['schemas']['TimelineEntry'][]
      refund: components['schemas']['AppointmentRefund'] | null
      offers: components['schemas']['Offer'][]
      mdt_application_id?: string | null
    }

    MdtDocumentWanted: { code: string; title: string; title_en: string; required: boolean }
    MdtTeam: {
      id: string
      name: string
      name_en: string
      disease: string
      disease_en: string
      intro: string
      intro_en: string
      departments: components['schemas']['NamedRef'][]
      members: Pick<components['schemas']['Doctor'], 'id' | 'name' | 'name_en' | 'title' | 'title_en' | 'department_name' | 'department_name_en' | 'portrait'>[]
      fee_fen: number
      campus: components['schemas']['NamedRef']
      documents_wanted: components['schemas']['MdtDocumentWanted'][]
    }
    MdtDocument: { id: string; name: string; size: number; content_type: string }
    MdtApplication: {
      id: string
      number: string
      team: components['schemas']['MdtTeam']
      patient: components['schemas']['PatientBrief']
      summary: string
      documents: components['schemas']['MdtDocument'][]
      state: 'submitted' | 'more_wanted' | 'accepted' | 'declined' | 'booked' | 'withdrawn'
      state_title: string
      state_detail: string
      reviewer_note: string | null
      created_at: string
      appointment_id: string | null
      clinics_until: string | null
    }

    OrderRefund: {
      no: string
      amount_fen: number
      state: 'pending' | 'done' | 'failed'
      reason: string
      requested_at: string
      completed_at: string | null
    }
    Order: {
      id: string
      no: string
      kind: string
      title: string
      title_en: string
      total_fen: number
      insurance_fen: number
      own_fen: number
      paid_fen: number
      refunded_fen: number
      state: 'unpaid' | 'paying' | 'paid' | 'closing' | 'closed' | 'refunding' | 'partly_refunded' | 'refunded'
      expires_at: string | null
      subject: { kind: string; id: string }
      patient: { id: string; name: string }
      paid_at: string | null
      channel_name: string | null
      refunds: components['schemas']['OrderRefund'][]
    }
    /** `invoke` opens the cashier; null when there is nothing (more) to open. */
    PaymentAttempt: { payment_id: string; state: string; invoke: Record<string, string> | null }
    PaymentRecord: {
      order_id: string
      no: string
      title: string
      title_en: string
      patient: { id: string; name: string }
      amount_fen: number
      refunded_fen: number
      method: string
      state: string
      at: string
    }

    Registration: {
      registration_no: string
      date: string
      start: string | null
      department: string
      department_en: string
      doctor: string | null
      doctor_en: string | null
      campus: string
      campus_en: string
      source: 'online' | 'window' | 'machine' | 'phone' | 'other'
      source_title: string
      state: 'booked' | 'done' | 'cancelled' | 'no_show' | 'stopped' | 'refunded'
      state_title: string
      fee_fen: number
      appointment_id: string | null
    }
    Registrations: { items: components['schemas']['Registration'][]; stale: boolean; as_of: string }
    FeeLine: {
      line_no: string
      name: string
      spec: string
      unit: string
      quantity: string
      price: string
      amount_fen: number
      insurance_class: string
      self_pay_ratio: string
      refund_state: string | null
    }
    FeeCategory: { category: string; title: string; amount_fen: number; lines: components['schemas']['FeeLine'][] }
    FeeBill: {
      bill_no: string
      kind: string
      title: string
      summary: string
      line_count: number
      amount_fen: number
      opened_at: string
      valid_until: string
      insurance: boolean
      payable: boolean
      locked_text: string | null
      categories: components['schemas']['FeeCategory'][]
    }
    FeeVisit: {
      visit_no: string
      date: string
      opened_at: string
      department: string
      doctor: string
      campus: string
      note: string
      payable: boolean
      bill_count: number
      line_count: number
      total_fen: number
      insurable_fen: number
      bills: components['schemas']['FeeBill'][]
      checkout_id: string | null
    }
    Fees: {
      patient_id: string
      patient_name: string
      card_no: string | null
      visits: components['schemas']['FeeVisit'][]
      stale: boolean
      as_of: string
    }
    CheckoutState: 'awaiting_payment' | 'confirming' | 'paid' | 'partly_refunded' | 'refunding' | 'refunded' | 'not_paid_refunding' | 'not_paid_refunded' | 'closed'
    CheckoutBrief: {
      id: string
      no: string
      patient_id: string
      patient_name: string
      department: string
      doctor: string
      visit_date: string
      total_fen: number
      insurance_fen: number
      own_fen: number
      refunded_fen: number
      state: components['schemas']['CheckoutState']
      state_title: string
      at: string
      order_id: string
    }
    GuideStep: {
      kind: string
      title: string
      place: string
      note: string
      state: string
      state_title: string
      ticket: string | null
      pickup_code: string | null
      ahead: number | null
      minutes_low: number | null
      minutes_high: number | null
    }
    /** `insurance` false: no insurance pays for its bill. */
    ChosenLine: { bill_no: string; bill_title: string; kind: string; line: components['schemas']['FeeLine']; insurance: boolean }
    FeeRefund: {
      id: string
      no: string
      amount_fen: number
      reason: string
      state: 'asking' | 'refunding' | 'refunded' | 'failed' | 'refused'
      state_title: string
      requested_at: string
      completed_at: string | null
      lines: string[]
    }
    Checkout: {
      id: string
      no: string
      patient_id: string
      patient_name: string
      department: string
      doctor: string
      campus: string
      visit_date: string
      visit_no: string
      total_fen: number
      insurance_fen: number
      own_fen: number
      paid_fen: number
      refunded_fen: number
      state: components['schemas']['CheckoutState']
      state_title: string
      state_detail: string
      order_id: string
      expires_at: string
      paid_at: string | null
      channel_name: string | null
      receipt_no: string | null
      minutes: number | null
      guide: components['schemas']['GuideStep'][]
      lines: components['schemas']['ChosenLine'][]
      refunds: components['schemas']['FeeRefund'][]
      can_refund: boolean
    }
    RefundableLine: {
      bill_no: string
      bill_title: string
      line_no: string
      name: string
      amount_fen: number
      refundable: boolean
      reason: string
    }
    Refundable: {
      checkout_id: string
      lines: components['schemas']['RefundableLine'][]
      whole_only: boolean
      route: string
      expected: string
      as_of: string
    }
    Stay: {
      key: string
      own: boolean
      name: string
      inpatient_no: string
      department: string | null
      ward: string | null
      bed: string
      admitted_on: string | null
      deposit_open: boolean
      deposit_note: string
      deposit_fen: number | null
      spent_fen: number | null
      balance_fen: number | null
      warning_fen: number | null
      min_fen: number
      max_fen: number
      left_today_fen: number
      choices_fen: number[]
      as_of: string
    }
    Deposit: {
      id: string
      no: string
      name: string
      inpatient_no: string
      ward: string | null
      bed: string
      amount_fen: number
      state: 'awaiting_payment' | 'confirming' | 'paid' | 'not_paid_refunding' | 'not_paid_refunded' | 'closed'
      state_title: string
      state_detail: string
      order_id: string
      expires_at: string
      paid_at: string | null
      channel_name: string | null
      receipt_no: string | null
      at: string
    }

    NowItem: {
      kind: 'appointment_today' | 'appointment_next' | 'awaiting_payment' | 'stopped' | 'mdt' | 'fees'
      title: string
      detail: string
      appointment_id?: string | null
      order_id?: string | null
      patient_id?: string | null
      at: string
      action: { label: string; page: string }
    }
    Home: {
      patient: components['schemas']['Patient'] | null
      now: components['schemas']['NowItem'][]
      favourites: components['schemas']['Doctor'][]
      notices: components['schemas']['Notice'][]
    }
    Message: {
      id: string
      kind: string
      title: string
      body: string
      at: string
      read: boolean
      link: { page: string; id: string } | null
    }
    InsuranceClass: { code: string; name: string; on: boolean; reason: string; instead: string; needs: { code: string; text: string }[] }
    InsuranceClasses: { order_id: string; total_fen: number; patient_name: string; own_person: boolean; chosen: string | null; classes: components['schemas']['InsuranceClass'][] }
    WayToPay: { patient_name: string; own_person: boolean; chosen: string | null; classes: components['schemas']['InsuranceClass'][] }
    Settlement: {
      id: string
      order_id: string
      state:
        | 'authorising' | 'presettling' | 'presettled' | 'settling' | 'settled' | 'done'
        | 'dropping' | 'dropped' | 'refused' | 'reversing' | 'reversed' | 'stuck'
      insurance_class: string
      class_name: string
      /** for which a chronic or special bill is settled; empty for other bills */
      disease: string
      title: string
      patient_name: string
      total_fen: number
      pooled_fen: number | null
      personal_account_fen: number | null
      other_fen: number | null
      own_fen: number | null
      use_account: boolean
      account_balance_fen: number | null
      why: { name: string; fen: number; text: string }[]
      presettled_at: string | null
      valid_until: string | null
      channel_name: string
      own_by_channel: boolean
      facts: { happened: string; charged: string; next: string } | null
      instead: string
      remedy: 'choose_hospital' | 'register_elsewhere' | null
      authorise_url: string | null
    }
    MedicalCashier: { settlement: components['schemas']['Settlement']; invoke: Record<string, string> | null }
    Agreement: { id: string; title: string; title_en: string; body: string; body_en: string; version: string }
  }
}
