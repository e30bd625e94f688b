import type { ConfigInput } from '@/lib/api/exports'

/** Which dataset an export is a version of, and where it goes. */
export interface PublishingForm {
  /** Empty: the export stands alone. */
  dataset: string
  isIncremental: boolean
  isNewMajor: boolean
  destination: string | null
}

export function publishingToForm(config: Partial<ConfigInput>): PublishingForm {
  return {
    dataset: config.dataset ?? '',
    isIncremental: config.incremental ?? false,
    isNewMajor: config.new_major ?? false,
    destination: config.destination ?? null,
  }
}

/** Return the part of the config that is not as usual. */
export function formToPublishing(form: PublishingForm): Partial<ConfigInput> {
  const { dataset, isIncremental, isNewMajor, destination } = form
  return {
    ...(dataset !== '' && { dataset }),
    ...(isIncremental && { incremental: true }),
    ...(isNewMajor && { new_major: true }),
    ...(destination !== null && { destination }),
  }
}
