const { get, listAll, post } = require('../../utils/api')
const { load, once } = require('../../utils/feedback')
const { dress, shared } = require('../../utils/page')
const subscribe = require('../../utils/subscribe')
const { asCard, spans } = require('../../utils/waiting')

Page({
  ...shared,
  data: {
    big: false, notice: '', state: 'loading', problem: '', needsLogin: false, busy: false,
    department: '', day: '', forId: '', options: null, people: [], spans: [], span: '', joined: null,
  },

  /** @param {any} query */
  onLoad(query) {
    this.setData({ department: query.department || '', day: query.day || '', forId: query.for || '' })
    subscribe.prefetch('booking')
    this.reload()
  },

  onShow() {
    dress(this)
  },

  reload() {
    return load(this, async () => {
      const { department, day, forId } = this.data
      const options = await get('/api/waiting/options?department_id=' + department)
      const people = await listAll('/api/bookable-people')
      const choices = spans(options, day)
      return { options, people, forId: forId || people[0].id, spans: choices, span: 'fortnight' }
    })
  },

  /** @param {any} e */
  choosePerson(e) {
    this.setData({ forId: e.currentTarget.dataset.id })
  },

  /** @param {any} e */
  chooseSpan(e) {
    this.setData({ span: e.currentTarget.dataset.key })
  },

  join() {
    const { department, forId, span } = this.data
    const chosen = this.data.spans.find((/** @type {any} */ item) => item.key === span)
    const asked = subscribe.ask('booking')
    return once(this, async () => {
      await asked
      const wish = { department_id: department, for_id: forId, from_on: chosen.from, until_on: chosen.until }
      this.setData({ joined: asCard(await post('/api/waiting', wish)) })
    })
  },

  goList() {
    wx.redirectTo({ url: '/pages/waiting/list' })
  },
})
