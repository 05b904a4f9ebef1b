import ArgumentParser
import TabularTraining

/// What a training leaves behind to go on from.
struct CheckpointOptions: ParsableArguments {
  @Option(help: ArgumentHelp("Keep checkpoints in a folder, after each epoch.", valueName: "dir"))
  var checkpoint: String?

  @Option(help: ArgumentHelp("Write a checkpoint after so many steps too.", valueName: "n"))
  var checkpointSteps: Int?

  @Flag(help: "Go on from the newest checkpoint that is whole, on any number of devices.")
  var resume = false

  func validate() throws {
    if checkpoint == nil,
      let option = resume ? "--resume" : checkpointSteps.map({ _ in "--checkpoint-steps" })
    {
      throw ValidationError("\(option) needs the folder of --checkpoint")
    }
    if let checkpointSteps, checkpointSteps < 1 {
      throw ValidationError("--checkpoint-steps takes a number above 0, found \(checkpointSteps)")
    }
  }

  func folder(metadata: [String: String]) -> CheckpointFolder? {
    checkpoint.map { CheckpointFolder($0, everySteps: checkpointSteps, metadata: metadata) }
  }

  /// Goes on where the folder says so; refuses to mix two trainings in one folder.
  func begin(_ trainer: Trainer, in folder: CheckpointFolder?, _ console: Console) throws {
    guard let folder else { return }
    guard resume else {
      guard let last = try folder.steps().last else { return }
      throw Failure(
        "'\(folder.path)' holds checkpoints up to step \(last): give --resume to go on, or another "
          + "folder"
      )
    }
    guard let checkpoint = try folder.latest() else {
      console.note("'\(folder.path)' holds no checkpoint yet: beginning")
      return
    }
    try trainer.resume(from: checkpoint)
    console.note("going on after step \(checkpoint.stepCount), in epoch \(checkpoint.epochCount)")
    let here = Checkpoint.thisProcessor
    if checkpoint.processor != here {
      console.note(
        "the checkpoint was written on \(checkpoint.processor), and this processor is \(here): what "
          + "follows differs from there in its last bits"
      )
    }
  }
}
