// What every page with a signature box shares (template "signature"): data.written, and the pen.
const { say, showProblem } = require('./feedback')
const { openSignature } = require('./signature')

/** Handlers and fields, taken over by pages with `...signing`. */
const signing = {
  /** @type {any} */
  signature: null,

  /** Open the box; it exists only after its part of the page is on the screen. @this {any} */
  prepareSignature() {
    wx.nextTick(() =>
      setTimeout(async () => {
        try {
          this.signature = await openSignature(this, '#sign')
        } catch (problem) {
          showProblem(problem)
        }
      }, 60),
    )
  },

  /** @this {any} @param {any} e */
  penDown(e) {
    if (this.signature) this.signature.start(e.touches[0])
  },

  /** @this {any} @param {any} e */
  penMove(e) {
    if (!this.signature) return
    this.signature.move(e.touches[0])
    if (!this.data.written && this.signature.isWritten()) this.setData({ written: true })
  },

  /** @this {any} */
  clearSign() {
    if (this.signature) this.signature.clear()
    this.setData({ written: false })
  },

  /** @this {any} @returns {boolean} whether the name is written; says so when it is not */
  isSigned() {
    if (!this.data.written) say('请先在框里用手指写上您的名字')
    return this.data.written
  },
}

module.exports = { signing }
