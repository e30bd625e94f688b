import { browserZone, momentToWall, utcText } from '@/lib/time'

interface MomentProps {
  at: string | null | undefined
  /** What to show where there is no moment. */
  none?: string
}

/** A moment in local time, with UTC as its title. */
export function Moment({ at, none = '–' }: MomentProps) {
  if (!at) return <>{none}</>
  const wall = momentToWall(at, browserZone())
  if (wall === null) return <>{at}</>
  return (
    <time dateTime={at} title={utcText(at)} style={{ whiteSpace: 'nowrap' }}>
      {wall}
    </time>
  )
}
