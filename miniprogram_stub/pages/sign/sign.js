const { get, post } = require('../../utils/api')
const { longDay, selfPay } = require('../../utils/days')
const { load, once, say } = require('../../utils/feedback')
const { dress, shared } = require('../../utils/page')
const { signing } = require('../../utils/signing')
const subscribe = require('../../utils/subscribe')

/** @type {Record<string, string>} */
const TITLES = { read: '签约：看协议', consent: '签约：逐条同意', sign: '签约：签名', done: '申请已提交' }

Page({
  ...shared,
  ...signing,
  data: {
    big: false, notice: '', state: 'loading', problem: '', needsLogin: false, busy: false, step: 'read',
    preview: null, facts: [], consents: [], allOn: false, written: false, agreement: null, answerBy: '', resume: 'read',
    isMark: false, ownLiving: false,
  },
  /** @type {any} */
  choice: null,
  /** @type {any} the organisation he signs with */
  invitedBy: {},

  /** @param {any} query */
  onLoad(query) {
    this.choice = { team_id: query.team, package_id: query.package }
    this.invitedBy = query.community ? { community_id: query.community } : {}
    this.reload()
    subscribe.prefetch('signing')
  },

  onShow() {
    dress(this)
  },

  /** @param {any} [first] false: another term was chosen, so nothing of what was read before goes on */
  reload(first) {
    return load(this, async () => {
      const kept = await this.kept()
      if (kept && this.choice.term_months === undefined) {
        this.choice = { ...this.choice, term_months: kept.term_months, is_extended: kept.is_extended }
      }
      const preview = await post('/api/agreements/preview', this.choice)
      // What was shown is what is signed: the term goes back with the request.
      this.choice = { ...this.choice, term_months: preview.term_months, is_extended: preview.is_extended }
      const facts = [
        { label: '服务期', value: `${longDay(preview.start_on)} 至 ${longDay(preview.end_on)}（${preview.term_label}）` },
        { label: '费用', value: selfPay(preview.self_pay_fen) },
        { label: '有意见', value: preview.complaint_route },
      ]
      const ticked = kept ? kept.consents : []
      const consents = preview.consents.map((/** @type {any} */ item) => ({ ...item, on: ticked.includes(item.key) }))
      return { preview, facts, consents, allOn: consents.every((/** @type {any} */ item) => item.on), resume: kept ? kept.step : 'read' }
    }).then(() => (first === false ? this.keep('read') : this.resume()))
  },

  /** What was begun before for this team and package, by me or by the team. @returns {Promise<any>} */
  async kept() {
    const { draft } = await get('/api/agreements/draft')
    const { team_id: team, package_id: wanted } = this.choice
    return draft && draft.team.id === team && draft.package.id === wanted ? draft : null
  },

  /** Go on where it was left; the signature is always written anew. */
  resume() {
    if (this.data.state !== 'ready' || this.data.step !== 'read') return
    if (this.data.resume === 'read') this.keep('read')
    else if (this.data.resume === 'sign' && this.data.allOn) this.doneConsenting()
    else this.goStep('consent')
  },

  /** Keep how far it has come. Failing loses nothing that is on the screen. @param {string} step */
  keep(step) {
    const ticked = this.data.consents.filter((/** @type {any} */ item) => item.on).map((/** @type {any} */ item) => item.key)
    post('/api/agreements/draft', { ...this.choice, consents: ticked, step }).catch(() => {})
  },

  /** Another term is another text: read it again. @param {any} e */
  pickTerm(e) {
    const term = this.data.preview.terms.find((/** @type {any} */ item) => item.months === e.currentTarget.dataset.months)
    this.choice = { ...this.choice, term_months: term.months, is_extended: term.needs_extension }
    return once(this, () => this.reload(false))
  },

  /** @param {string} step */
  goStep(step) {
    this.setData({ step, notice: '' })
    if (step !== 'done') this.keep(step)
    wx.setNavigationBarTitle({ title: TITLES[step] })
    wx.pageScrollTo({ scrollTop: 0, duration: 0 })
  },

  doneReading() {
    this.goStep('consent')
  },

  backToReading() {
    this.goStep('read')
  },

  /** @param {any} e */
  toggle(e) {
    const { key } = e.currentTarget.dataset
    const consents = this.data.consents.map((item) => (item.key === key ? { ...item, on: !item.on } : item))
    this.setData({ consents, allOn: consents.every((item) => item.on), notice: '' })
    this.keep('consent')
  },

  toggleMark() {
    this.setData({ isMark: !this.data.isMark })
  },

  toggleOwnLiving() {
    this.setData({ ownLiving: !this.data.ownLiving })
  },

  doneConsenting() {
    if (!this.data.allOn) return say('请把每一条都点上，再往下走')
    this.goStep('sign')
    this.prepareSignature()
    return undefined
  },

  submit() {
    if (!this.isSigned()) return undefined
    // The dialog must open straight from this tap, before any other work.
    const asked = subscribe.ask('signing')
    return once(this, async () => {
      await asked
      const agreement = await post('/api/agreements', {
        ...this.choice,
        ...this.invitedBy,
        text_sha256: this.data.preview.text_sha256,
        consents: this.data.consents.map((item) => item.key),
        signature: this.signature.picture(),
        is_mark: this.data.isMark,
        lives_on_own_earnings: this.data.ownLiving,
      })
      this.setData({ agreement, answerBy: longDay(agreement.answer_by_on) })
      this.goStep('done')
    })
  },

  goAgreement() {
    wx.redirectTo({ url: '/pages/agreement/detail?id=' + this.data.agreement.id })
  },

  goHome() {
    wx.switchTab({ url: '/pages/index/index' })
  },
})
