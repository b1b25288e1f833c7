// What a doctor does beside answering: give the conversation to a colleague, write a note, go on to a form.
const { get, listAll, post } = require('./api')
const { dayAndTime } = require('./days')
const { once, say } = require('./feedback')
const { clientId, open } = require('./page')
const prefill = require('./prefill')

const LONGEST = 200

/** @param {any} note */
const asNote = (note) => ({ ...note, when: dayAndTime(note.at) })

/**
 * What a form takes along: the message the doctor chose, else what the resident wrote last.
 * @param {any[]} bubbles @param {string} [chosen] id of a message
 * @returns {string}
 */
function takenWords(bubbles, chosen) {
  const own = bubbles.filter((bubble) => bubble.sender === 'resident')
  const taken = own.find((bubble) => bubble.id === chosen) || own[own.length - 1]
  return taken ? `居民说：${taken.text}`.slice(0, LONGEST) : ''
}

/** Replies kept ready, filled in for this resident. @param {any} page */
async function fillQuick(page) {
  try {
    const found = await get(`/api/doctor/conversations/${page.data.id}/canned`)
    page.setData({ quickReplies: found.items })
  } catch (problem) {
    say(problem.title)
  }
}

/** Handlers of the row above the reply's field, and of its sheets. */
const handing = {
  /** The list opens at once, whatever else is under way. @this {any} */
  toggleQuick() {
    this.setData({ showQuick: !this.data.showQuick })
    return this.data.showQuick ? fillQuick(this) : undefined
  },

  /** It is put into the field, to be read once more before it goes. @this {any} @param {any} e */
  useQuick(e) {
    const { text, problem } = e.currentTarget.dataset
    if (problem) return say(problem)
    return this.setData({ text, showQuick: false })
  },

  goCanned() {
    open('/pages/doctor/answering')
  },

  /** `sheet` says which is open: "give", "notes" or none. @this {any} */
  closeSheet() {
    if (!this.data.busy) this.setData({ sheet: '' })
  },

  /** Keeps a tap on the sheet from closing it. */
  stay() {},

  /** @this {any} */
  openGive() {
    return once(this, async () => {
      const found = await get('/api/doctor/colleagues')
      this.setData({ sheet: 'give', colleagues: found.items, toId: '', reason: '' })
    })
  },

  /** @this {any} @param {any} e */
  pickColleague(e) {
    const { id, away } = e.currentTarget.dataset
    if (away) return say('这位同事现在不在')
    this.setData({ toId: id })
  },

  /** @this {any} @param {any} e */
  onReason(e) {
    this.setData({ reason: e.detail.value })
  },

  /** @this {any} */
  give() {
    const { id, toId, reason } = this.data
    if (!toId) return say('请选一位同事')
    if (!reason.trim()) return say('请写明原因，居民会看到')
    return once(this, async () => {
      const given = await post(`/api/doctor/conversations/${id}/transfer`, { staff_id: toId, reason: reason.trim() })
      this.setData({ sheet: '', ...this.statusData(given) })
      say('已转交，居民已收到通知')
      await this.poll()
    })
  },

  /** @this {any} */
  openNotes() {
    return once(this, async () => {
      const found = await get(`/api/doctor/conversations/${this.data.id}/notes`)
      this.setData({ sheet: 'notes', notes: found.items.map(asNote), note: '', noteKey: clientId() })
    })
  },

  /** @this {any} @param {any} e */
  onNote(e) {
    this.setData({ note: e.detail.value })
  },

  /** @this {any} */
  writeNote() {
    const { id, note, noteKey, notes } = this.data
    if (!note.trim()) return say('请写备注')
    return once(this, async () => {
      const made = await post(`/api/doctor/conversations/${id}/notes`, { text: note.trim(), client_id: noteKey })
      this.setData({ notes: [...notes, asNote(made)], note: '', noteKey: clientId() })
    })
  },

  /** The forms take this message along; tapped again, the last one. @this {any} @param {any} e */
  pickMessage(e) {
    const { id } = e.currentTarget.dataset
    this.setData({ chosen: this.data.chosen === id ? '' : id })
  },

  /** A follow-up that is planned is done now; somebody without one gets a service written down. @this {any} */
  goFollowup() {
    const resident = this.data.conversation.resident_id
    return once(this, async () => {
      const rows = await listAll('/api/doctor/followups', 5)
      const planned = rows.find((/** @type {any} */ row) => row.resident.id === resident)
      prefill.keep(takenWords(this.data.bubbles, this.data.chosen))
      open(planned ? '/pages/doctor/complete?id=' + planned.id : '/pages/doctor/service?id=' + resident)
    })
  },

  /** @this {any} */
  goBook() {
    prefill.keep(takenWords(this.data.bubbles, this.data.chosen))
    open('/pages/doctor/numbers?resident=' + this.data.conversation.resident_id)
  },

  /** @this {any} */
  goRefer() {
    prefill.keep(takenWords(this.data.bubbles, this.data.chosen))
    open('/pages/doctor/refer?id=' + this.data.conversation.resident_id)
  },
}

module.exports = { handing, takenWords }
