// A picture as proof: taken, made small by WeChat, handed over as text and kept nowhere on the phone.
const MOST_BYTES = 300000
const { say } = require('./feedback')

/** @returns {Promise<string>} a JPEG or PNG as a data URL, '' when there is none */
function takePhoto() {
  return new Promise((resolve) => {
    wx.chooseMedia({
      count: 1,
      mediaType: ['image'],
      sizeType: ['compressed'],
      success: (chosen) => {
        const file = chosen.tempFiles[0]
        if (file.size > MOST_BYTES) {
          say('照片太大，请离近些重拍一张')
          resolve('')
          return
        }
        wx.getFileSystemManager().readFile({
          filePath: file.tempFilePath,
          encoding: 'base64',
          success: (read) => {
            const text = String(read.data)
            resolve(`data:image/${text.startsWith('iVBOR') ? 'png' : 'jpeg'};base64,${text}`)
          },
          fail: () => resolve(''),
        })
      },
      fail: () => resolve(''),
    })
  })
}

module.exports = { takePhoto }
