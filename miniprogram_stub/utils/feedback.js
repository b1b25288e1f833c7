// Telling people what happened, in words that stay long enough to be read.

const IDENTITY_NEEDED = 'identity_needed' // the server's code for people who have not given their name

/**
 * A problem the person must read: stays until it is tapped away.
 * @param {any} problem
 * @param {() => void} [retry] offered when the network failed
 */
function showProblem(problem, retry) {
  const title = (problem && problem.title) || '出了点问题，请稍后再试'
  const canRetry = Boolean(retry) && problem && problem.status === 0
  wx.showModal({
    title: '提示',
    content: title,
    showCancel: canRetry,
    cancelText: '先不了',
    confirmText: canRetry ? '重试' : '知道了',
    success: (answer) => {
      if (answer.confirm && canRetry && retry) retry()
    },
  })
}

const NOTICE_MS = 4000
/** @type {any} */
let fading = null

/**
 * A short word in the page's own large letters (template "notice"): WeChat's toast
 * is small and gone before slow readers have finished.
 * @param {string} title
 */
function say(title) {
  const page = getCurrentPages().pop()
  if (!page) return
  clearTimeout(fading)
  page.setData({ notice: title })
  fading = setTimeout(() => page.setData({ notice: '' }), NOTICE_MS)
}

/**
 * Ask before something that cannot be undone.
 * @param {string} title
 * @param {string} content
 * @param {string} confirmText at most 4 characters (WeChat's limit)
 * @returns {Promise<boolean>}
 */
function confirm(title, content, confirmText) {
  return new Promise((resolve) => {
    wx.showModal({
      title,
      content,
      confirmText,
      cancelText: '不了',
      success: (answer) => resolve(answer.confirm),
      fail: () => resolve(false),
    })
  })
}

/**
 * Load a page: state 'loading' → 'ready' or 'failed' (template "state" shows it).
 * A failed refresh keeps what is already on the screen.
 * @param {any} page
 * @param {() => Promise<any>} work answers with the data to set
 */
async function load(page, work) {
  if (page.data.state !== 'ready') page.setData({ state: 'loading', problem: '', needsLogin: false })
  try {
    const data = await work()
    page.setData({ ...data, state: 'ready', problem: '', needsLogin: false })
  } catch (problem) {
    if (page.data.state === 'ready') return say(problem.title || '刷新失败，请稍后再试')
    page.setData({
      state: 'failed',
      problem: problem.title || '出了点问题，请稍后再试',
      needsLogin: problem.code === IDENTITY_NEEDED,
    })
  }
  return undefined
}

/**
 * Run a tap's work once: a second tap while it runs does nothing.
 * @param {any} page its data.busy is true meanwhile
 * @param {() => Promise<any>} work
 */
async function once(page, work) {
  if (page.data.busy) return
  page.setData({ busy: true })
  try {
    await work()
  } catch (problem) {
    showProblem(problem, () => once(page, work))
  } finally {
    page.setData({ busy: false })
  }
}

module.exports = { showProblem, say, confirm, load, once }
