// Every call of the pages to our server goes through here.
const { download, exchange } = require('./transport')
const session = require('./session')
const storage = require('./storage')

/**
 * Call the server in the name of this user. An expired session is renewed
 * silently and the call repeated once; the server did nothing on a 401.
 * @param {string} path
 * @param {{ method?: any, data?: any }} [options]
 * @returns {Promise<any>} rejects with a Problem (see transport.js)
 */
function request(path, options = {}) {
  return inSession((token) => exchange(path, { ...options, token }))
}

/** @param {(token: string) => Promise<any>} work */
async function inSession(work) {
  const token = await session.ready()
  try {
    return await work(token)
  } catch (problem) {
    if (problem.status !== 401) throw problem
    // Another page's call may have renewed it meanwhile.
    const renewed = storage.token() === token ? await session.login() : await session.ready()
    return work(renewed)
  }
}

/**
 * Fetch a PDF and show it in WeChat's own reader.
 * @param {string} path
 * @returns {Promise<void>} when it is on the screen; rejects with a Problem
 */
async function openPdf(path) {
  const filePath = await inSession((token) => download(path, token))
  await new Promise((resolve, reject) => {
    wx.openDocument({
      filePath,
      fileType: 'pdf',
      showMenu: true,
      success: resolve,
      fail: () => reject({ title: '文件没有打开，请重试', code: 'document_failed', status: 0 }),
    })
  })
}

/** Fetch a picture or voice. @param {string} path @returns {Promise<string>} a temporary file; rejects with a Problem */
const fetchFile = (path) => inSession((token) => download(path, token))

/** @param {string} path */
const get = (path) => request(path)

/** @param {string} path @param {any} [data] */
const post = (path, data = {}) => request(path, { method: 'POST', data })

/** Read Me anew and remember it. @returns {Promise<any>} */
const fetchMe = () => get('/api/me').then(session.remember)

/**
 * All rows of a list, page by page.
 * @param {string} path
 * @param {number} [pages] never more than this many pages of 20 rows
 * @returns {Promise<any[]>}
 */
async function listAll(path, pages = 10) {
  /** @type {any[]} */
  let rows = []
  let cursor = ''
  for (let page = 0; page < pages; page += 1) {
    const joint = path.includes('?') ? '&' : '?'
    const answer = await get(cursor ? path + joint + 'cursor=' + encodeURIComponent(cursor) : path)
    rows = rows.concat(answer.items)
    if (!answer.next) break
    cursor = answer.next
  }
  return rows
}

module.exports = { fetchFile, request, get, post, fetchMe, listAll, openPdf }
