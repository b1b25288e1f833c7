// One HTTP exchange with our server, without any idea of sessions.
const { baseUrl } = require('../config')

/**
 * What went wrong, ready to be shown.
 * @typedef {{ title: string, code: string, status: number, details?: any }} Problem
 */

/** @param {any} failure of wx.request @returns {Problem} */
function networkProblem(failure) {
  const slow = /timeout/.test((failure && failure.errMsg) || '')
  return {
    title: slow ? '网络有点慢，没有等到回应，请重试' : '网络不通，请检查手机网络后重试',
    code: slow ? 'network_timeout' : 'network_unreachable',
    status: 0,
  }
}

/** @param {any} response @returns {Problem} */
function serverProblem(response) {
  const body = response.data && typeof response.data === 'object' ? response.data : {}
  return {
    title: body.title || '系统忙，请稍后再试',
    code: body.code || 'http_' + response.statusCode,
    status: response.statusCode,
    details: body.details || {},
  }
}

/**
 * @param {string} path beginning with /api/
 * @param {{ method?: any, data?: any, token?: string }} [options]
 * @returns {Promise<any>} the body; rejects with a Problem
 */
function exchange(path, options = {}) {
  /** @type {Record<string, string>} */
  const header = { 'content-type': 'application/json' }
  if (options.token) header.Authorization = 'Bearer ' + options.token
  return new Promise((resolve, reject) => {
    wx.request({
      url: baseUrl + path,
      method: options.method || 'GET',
      data: options.data,
      header,
      timeout: 15000,
      success: (response) => {
        if (response.statusCode >= 200 && response.statusCode < 300) resolve(response.data)
        else reject(serverProblem(response))
      },
      fail: (failure) => reject(networkProblem(failure)),
    })
  })
}

/** What a refused download says: its body is in the file. @param {any} response @returns {Promise<Problem>} */
function fileProblem(response) {
  return new Promise((resolve) => {
    const unknown = () => resolve(serverProblem(response))
    wx.getFileSystemManager().readFile({
      filePath: response.tempFilePath,
      encoding: 'utf8',
      success: (read) => {
        try {
          resolve(serverProblem({ statusCode: response.statusCode, data: JSON.parse(String(read.data)) }))
        } catch {
          unknown()
        }
      },
      fail: unknown,
    })
  })
}

/**
 * Fetch a file.
 * @param {string} path beginning with /api/
 * @param {string} token
 * @returns {Promise<string>} where it lies on this phone; rejects with a Problem
 */
function download(path, token) {
  return new Promise((resolve, reject) => {
    wx.downloadFile({
      url: baseUrl + path,
      header: { Authorization: 'Bearer ' + token },
      timeout: 30000,
      success: (response) => {
        if (response.statusCode === 200) resolve(response.tempFilePath)
        else fileProblem(response).then(reject)
      },
      fail: (failure) => reject(networkProblem(failure)),
    })
  })
}

module.exports = { exchange, download }
