import type { ProgressEvent, ProgressReporter } from '@fashionmatch/domain';
import { openThumbnails, STAGES, type AppConfig, type RunProfile } from '@fashionmatch/pipeline';

import { OutputFile } from '../documents/output-file.js';
import type { RunReport } from '../documents/result-document.js';
import { reportPage, type StageSeconds } from './report-page.js';
import { RunRecord } from './run-record.js';

/** The report of a run: opened before it, told what happens, and written after it. */
export class ReportFile implements ProgressReporter {
  readonly #file: OutputFile;
  readonly #record = new RunRecord();
  readonly #config: AppConfig;

  private constructor(file: OutputFile, config: AppConfig) {
    this.#file = file;
    this.#config = config;
  }

  /** @throws FashionMatchError `USAGE_INVALID` when it cannot be written. */
  static async open(path: string, config: AppConfig): Promise<ReportFile> {
    return new ReportFile(await OutputFile.open(path, 'page'), config);
  }

  report(event: ProgressEvent): void {
    this.#record.report(event);
  }

  /** Once, after a run. @throws FashionMatchError `USAGE_INVALID` when the disk does not take it. */
  async write(report: RunReport, profile: RunProfile): Promise<void> {
    const thumbnails = await openThumbnails({ config: this.#config });
    await this.#file.write(reportPage(report, { record: this.#record, thumbnails, stages: stagesOf(profile) }));
  }
}

/** Those that did anything. */
function stagesOf({ stages }: RunProfile): StageSeconds[] {
  return STAGES.map((name) => ({ name, seconds: stages[name].busySeconds })).filter(({ seconds }) => seconds > 0);
}
