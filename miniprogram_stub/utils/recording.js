// A voice recording for a resident: one minute at most, kept nowhere on the phone. Handlers of its sheet.
const { say } = require('./feedback')

const LONGEST_MS = 60000
/** WeChat's chats take MP3 as it is; a minute of this has 360 kB. */
const OPTIONS = { duration: LONGEST_MS, sampleRate: 16000, numberOfChannels: 1, encodeBitRate: 48000, format: 'mp3' }

/** @type {any} the page whose recording runs */
let current = null
/** @type {any} */
let recorder = null
/** @type {any} */
let ticking = null

/** WeChat has one recorder for all pages, and its listeners are never taken off. */
function theRecorder() {
  if (recorder) return recorder
  recorder = wx.getRecorderManager()
  recorder.onStop((/** @type {any} */ made) => stopped(made))
  recorder.onError(() => {
    clearInterval(ticking)
    if (!current) return
    current.setData({ recording: 'idle' })
    say('没有录上，请允许使用麦克风后重试')
  })
  return recorder
}

/** @param {any} made */
function stopped(made) {
  clearInterval(ticking)
  if (!current || current.data.sheet !== 'voice') return
  const seconds = Math.max(1, Math.round((made.duration || 0) / 1000))
  current.setData({ recording: 'done', voiceFile: made.tempFilePath, seconds })
}

/** @param {string} path @returns {Promise<string>} a data URL, '' when it cannot be read */
function asDataUrl(path) {
  return new Promise((resolve) => {
    wx.getFileSystemManager().readFile({
      filePath: path,
      encoding: 'base64',
      success: (read) => resolve('data:audio/mpeg;base64,' + String(read.data)),
      fail: () => resolve(''),
    })
  })
}

/** `recording`: idle, on, done. The page has `sheet`, `seconds`, `voiceFile` and `sendVoice`. */
const recording = {
  /** @this {any} */
  openVoice() {
    this.setData({ sheet: 'voice', recording: 'idle', seconds: 0, voiceFile: '' })
  },

  /** @this {any} */
  startVoice() {
    current = this
    this.setData({ recording: 'on', seconds: 0, voiceFile: '' })
    clearInterval(ticking)
    ticking = setInterval(() => this.setData({ seconds: Math.min(this.data.seconds + 1, LONGEST_MS / 1000) }), 1000)
    theRecorder().start(OPTIONS)
  },

  stopVoice() {
    theRecorder().stop()
  },

  /** @this {any} */
  playVoice() {
    const player = wx.createInnerAudioContext()
    player.src = this.data.voiceFile
    player.play()
  },

  /** Leaving throws away what was recorded. @this {any} */
  leaveVoice() {
    const isOn = this.data.recording === 'on'
    this.setData({ sheet: '', recording: 'idle', voiceFile: '' })
    if (isOn) theRecorder().stop()
  },

  /** @this {any} */
  confirmVoice() {
    return asDataUrl(this.data.voiceFile).then((voice) => {
      if (!voice) return say('没有录上，请重新录一段')
      this.setData({ sheet: '', recording: 'idle', voiceFile: '' })
      return this.sendVoice(voice)
    })
  },
}

module.exports = { recording }
