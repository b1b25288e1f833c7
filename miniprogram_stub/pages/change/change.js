const { get, listAll, post } = require('../../utils/api')
const { asCard } = require('../../utils/agreements')
const { longDay } = require('../../utils/days')
const { confirm, load, once, say } = require('../../utils/feedback')
const { dress, shared } = require('../../utils/page')
const { signing } = require('../../utils/signing')
const subscribe = require('../../utils/subscribe')

Page({
  ...shared,
  ...signing,
  data: {
    big: false, notice: '', state: 'loading', problem: '', needsLogin: false, busy: false,
    id: '', card: null, teams: [], all: false, team: null, preview: null, reason: '', note: '', written: false, done: null, answerBy: '',
  },

  /** @param {any} query */
  onLoad(query) {
    this.setData({ id: query.id })
    this.reload().then(() => this.preset(query.team))
    subscribe.prefetch('signing')
  },

  onShow() {
    dress(this)
  },

  reload() {
    const path = '/api/agreements/' + this.data.id
    return load(this, async () => {
      const [card, near] = await Promise.all([get(path), get(`/api/agreements/${this.data.id}/other-teams`)])
      return { card: asCard(card), teams: near.items }
    })
  },

  /** A team that was chosen in the chat. @param {string} [id] */
  preset(id) {
    const isOffered = this.data.teams.some((/** @type {any} */ team) => team.id === id)
    if (id && isOffered) this.pickTeam({ currentTarget: { dataset: { id } } })
  },

  showAll() {
    return once(this, async () => {
      const teams = await listAll('/api/teams')
      const others = teams.filter((/** @type {any} */ team) => team.id !== this.data.card.team.id && team.places_left > 0)
      this.setData({ teams: others, all: true })
    })
  },

  /** @param {any} e */
  pickTeam(e) {
    const team = this.data.teams.find((/** @type {any} */ item) => item.id === e.currentTarget.dataset.id)
    return once(this, async () => {
      const preview = await post(`/api/agreements/${this.data.id}/change/preview`, { team_id: team.id })
      this.setData({ team, preview, written: false })
      wx.pageScrollTo({ scrollTop: 0, duration: 0 })
      if (preview.signature_needed) this.prepareSignature()
    })
  },

  backToTeams() {
    this.setData({ team: null, preview: null, notice: '' })
  },

  /** @param {any} e */
  pickReason(e) {
    this.setData({ reason: e.currentTarget.dataset.code, notice: '' })
  },

  /** @param {any} e */
  onNote(e) {
    this.setData({ note: e.detail.value })
  },

  async submit() {
    const { reason, note, preview, team } = this.data
    if (!reason) return say('请先选一个原因')
    if (preview.signature_needed && !this.isSigned()) return undefined
    // The dialog must open straight from this tap, before any other work.
    const asked = subscribe.ask('signing')
    await asked
    const sure = await confirm('更换团队', `换到${team.name}。两个团队都同意后生效，之前由原团队服务。`, '申请')
    if (!sure) return undefined
    return once(this, async () => {
      const done = await post(`/api/agreements/${this.data.id}/change`, {
        team_id: team.id,
        reason_code: reason,
        note: note.trim(),
        text_sha256: preview.text_sha256,
        signature: preview.signature_needed ? this.signature.picture() : null,
      })
      wx.setNavigationBarTitle({ title: '申请已提交' })
      this.setData({ done, answerBy: longDay(done.answer_by_on), notice: '' })
      wx.pageScrollTo({ scrollTop: 0, duration: 0 })
    })
  },

  goAgreement() {
    wx.navigateBack({ fail: () => wx.redirectTo({ url: '/pages/agreement/detail?id=' + this.data.id }) })
  },
})
