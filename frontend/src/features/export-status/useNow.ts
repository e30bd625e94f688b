import { useEffect, useState } from 'react'

/** The present in milliseconds, renewed each second while it is asked for. */
export function useNow(isAsked: boolean): number {
  const [now, setNow] = useState(() => Date.now())
  useEffect(() => {
    if (!isAsked) return
    const timer = setInterval(() => setNow(Date.now()), 1000)
    return () => clearInterval(timer)
  }, [isAsked])
  return now
}
