const { get } = require('../../utils/api')
const { currentMe } = require('../../utils/session')
const { selfPay, yuan } = require('../../utils/days')
const { load, say } = require('../../utils/feedback')
const { dress, call, open, shared } = require('../../utils/page')

/** @param {any} item of a package */
const withPrices = (item) => ({
  ...item,
  selfPay: selfPay(item.self_pay_fen),
  fullPrice: yuan(item.price_fen),
  shares: item.payers.map((/** @type {any} */ payer) => `${payer.label} ${yuan(payer.amount_fen)}`).join('，'),
})

Page({
  ...shared,
  data: { big: false, notice: '', state: 'loading', problem: '', needsLogin: false, id: '', community: '', team: null, packages: [], chosen: '' },

  /** @param {any} query */
  onLoad(query) {
    // Scanned from a contact card: WeChat hands over the whole address of the team's public page.
    const scanned = query.q ? decodeURIComponent(query.q).match(/\/public\/teams\/(\w+)/) : null
    this.setData({ id: scanned ? scanned[1] : query.id, community: query.community || '' })
    this.reload()
  },

  onShow() {
    dress(this)
  },

  reload() {
    return load(this, async () => {
      const team = await get('/api/teams/' + this.data.id)
      const packages = team.packages.map(withPrices)
      wx.setNavigationBarTitle({ title: team.name })
      return { team, packages, chosen: packages.length === 1 ? packages[0].id : this.data.chosen }
    })
  },

  /** @param {any} e */
  choose(e) {
    this.setData({ chosen: e.currentTarget.dataset.id })
  },

  callTeam() {
    call(this.data.team.phone)
  },

  signFamily() {
    const { team, chosen } = this.data
    if (!chosen) return say('请先点选一个服务包')
    const me = currentMe()
    if (me && !me.bound) return open('/pages/login/login')
    return open(`/pages/family/sign?team=${team.id}&package=${chosen}`)
  },

  sign() {
    const { team, chosen, community } = this.data
    if (team.places_left <= 0) return say('这个团队已签满，请返回选别的团队')
    if (!chosen) return say('请先点选一个服务包')
    const me = currentMe()
    if (me && !me.bound) return open('/pages/login/login')
    const invitedBy = community ? '&community=' + community : ''
    return open(`/pages/sign/sign?team=${team.id}&package=${chosen}${invitedBy}`)
  },
})
