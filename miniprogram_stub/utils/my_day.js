// Where each entry of a doctor's day leads.

/** @type {Record<string, (id: string) => string>} by kind of work */
const TARGETS = {
  message: (id) => '/pages/doctor/conversation?id=' + id,
  measured: () => '/pages/doctor/measurements',
  check: () => '/pages/doctor/checks',
  followup: (id) => '/pages/doctor/complete?id=' + id,
  visit: (id) => '/pages/doctor/complete?id=' + id,
  missed: (id) => '/pages/doctor/complete?id=' + id,
  referral: () => '/pages/doctor/referrals?tab=down',
  dispute: () => '/pages/doctor/disputes',
  signing: () => '/pages/doctor/agreements?status=pending_team',
  change: () => '/pages/doctor/changes',
  call: () => '/pages/doctor/tasks',
  reconfirm: () => '/pages/doctor/agreements?status=reconfirm',
  renewal: () => '/pages/doctor/agreements?status=ending',
}

/**
 * A household of the day with the address of each entry; who lives alone is called from the head of his card.
 * @param {any} home as the server answers it
 */
function asHome(home) {
  const entries = home.entries.map((/** @type {any} */ entry) => ({
    ...entry,
    url: TARGETS[entry.kind](entry.id),
    isPrimary: entry.tone !== '' || entry.kind === 'message',
  }))
  const [first] = entries
  const phone = home.is_household ? '' : first.phone_masked || ''
  return { ...home, entries, isHousehold: home.is_household, phone, resident: first.resident_id }
}

module.exports = { asHome }
