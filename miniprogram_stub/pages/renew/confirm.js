const { get, post } = require('../../utils/api')
const { asCard } = require('../../utils/agreements')
const { longDay } = require('../../utils/days')
const { confirm, load, once } = require('../../utils/feedback')
const { dress, call, shared } = require('../../utils/page')

Page({
  ...shared,
  data: {
    big: false, notice: '', state: 'loading', problem: '', needsLogin: false, busy: false,
    id: '', base: '', isWard: false, card: null, offer: null, period: '', confirmBy: '', showText: false, done: null,
  },

  /** @param {any} query */
  onLoad(query) {
    // A guardian answers for his ward on the same page.
    const isWard = query.ward === '1'
    this.setData({ id: query.id, isWard, base: isWard ? '/api/family/wards/' + query.id : '/api/agreements/' + query.id })
    this.reload()
  },

  onShow() {
    dress(this)
  },

  reload() {
    return load(this, async () => {
      const card = asCard(await get(this.data.base))
      if (!card.can_confirm) return { card, offer: null }
      const offer = await post(this.data.base + '/renewal', {})
      const period = `${longDay(offer.start_on)} 至 ${longDay(offer.end_on)}`
      return { card, offer, period, confirmBy: longDay(offer.confirm_by_on) }
    })
  },

  toggleText() {
    this.setData({ showText: !this.data.showText })
  },

  confirmRenewal() {
    return once(this, async () => {
      const body = { text_sha256: this.data.offer.text_sha256 }
      await this.finish(await post(this.data.base + '/renewal/confirm', body))
    })
  },

  async declineRenewal() {
    const sure = await confirm('不再续约', '签约今天就结束，以后可以重新签约。确定吗？', '不续了')
    if (!sure) return
    await once(this, async () => this.finish(await post(this.data.base + '/renewal/decline')))
  },

  /** @param {any} agreement */
  async finish(agreement) {
    const done = asCard(agreement)
    wx.setNavigationBarTitle({ title: done.status === 'expired' ? '签约已结束' : '已确认' })
    this.setData({ done })
    wx.pageScrollTo({ scrollTop: 0, duration: 0 })
  },

  callTeam() {
    call(this.data.card.team.phone)
  },

  goAgreement() {
    const { id, isWard } = this.data
    wx.redirectTo({ url: isWard ? '/pages/family/agreements' : '/pages/agreement/detail?id=' + id })
  },
})
