// The one address to change before a release: the https domain of your own server, without a slash at the end.
module.exports = { baseUrl: 'https://your-domain.example' }
