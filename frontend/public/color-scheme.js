// Before the first paint: the scheme that was chosen here, or else the system's.
;(function () {
  var chosen = null
  try {
    chosen = localStorage.getItem('lumber-color-scheme')
  } catch (error) {
    // Storage may be switched off.
  }
  var isDark = chosen === 'dark' || (chosen !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches)
  document.documentElement.setAttribute('data-mantine-color-scheme', isDark ? 'dark' : 'light')
  // Pages without navigation, as in src/routes/Root.tsx: the frame of the others must not flash before them.
  if (/^\/(sign-in|setup|signed-in)\/?$/.test(location.pathname)) {
    document.documentElement.setAttribute('data-bare', '')
  }
})()
