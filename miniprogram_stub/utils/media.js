// Photos and voice of a conversation: fetched when somebody wants to see or hear them.
const { fetchFile } = require('./api')
const { say } = require('./feedback')

/** @type {any} the voice that plays now */
let player = null

/**
 * Fetch a photo of page.data.bubbles and show it large; a voice is played.
 * @param {any} page @param {string} id of the message
 */
async function openMedium(page, id) {
  const bubble = page.data.bubbles.find((/** @type {any} */ one) => one.id === id)
  if (!bubble || !bubble.medium || !bubble.medium.path) return
  if (bubble.picture) {
    wx.previewImage({ urls: [bubble.picture] })
    return
  }
  try {
    const file = await fetchFile(bubble.medium.path)
    if (bubble.medium.kind === 'voice') play(file)
    else page.setData({ bubbles: page.data.bubbles.map((/** @type {any} */ one) => (one.id === id ? { ...one, picture: file } : one)) })
  } catch (/** @type {any} */ problem) {
    say(problem.title || '没有打开，请重试')
  }
}

/** @param {string} file */
function play(file) {
  if (player) player.destroy()
  player = wx.createInnerAudioContext()
  player.onError(() => say('这台手机播放不了这段语音，请换一台手机，或打电话问'))
  player.src = file
  player.play()
  say('正在播放语音')
}

module.exports = { openMedium }
