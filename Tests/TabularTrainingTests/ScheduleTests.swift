import TabularTensor
import TabularTraining
import Testing

/// Learning rates as torch 2.15.0 gives them.
///
/// ```python
/// import torch
/// S = torch.optim.lr_scheduler
/// def rates(make, n):
///   p = torch.nn.Parameter(torch.tensor([1.0])); o = torch.optim.SGD([p], lr=0.5); s = make(o)
///   for i in range(n): print(o.param_groups[0]["lr"]); o.step(); s.step()
/// rates(lambda o: S.StepLR(o, step_size=3, gamma=0.1), 8)  # and so on, as the cases below say
/// ```
struct ScheduleTests {
  static let cases: [(String, Schedule, [Double])] = [
    (
      "StepLR(o, step_size=3, gamma=0.1)",
      .step(every: 3, factor: 0.1),
      [0.5, 0.5, 0.5, 0.05, 0.05, 0.05, 0.005, 0.005]
    ),
    (
      "CosineAnnealingLR(o, T_max=5, eta_min=0.01)",
      .cosine(over: 5, minimum: 0.01),
      [
        0.5, 0.453209163622, 0.330709163622, 0.179290836378, 0.0567908363781, 0.01, 0.0567908363781,
        0.179290836378,
      ]
    ),
    (
      "OneCycleLR(o, max_lr=0.5, total_steps=10, cycle_momentum=False)",
      .oneCycle(over: 10),
      [
        0.02, 0.26, 0.5, 0.475242316007, 0.405872826975, 0.305631010968, 0.194370989032,
        0.0941291730251, 0.0247596839933, 2e-06,
      ]
    ),
    (
      """
      OneCycleLR(o, max_lr=0.5, total_steps=12, pct_start=0.4, anneal_strategy='linear', \
      div_factor=10, final_div_factor=100, three_phase=True, cycle_momentum=False)
      """,
      .oneCycle(
        over: 12,
        rising: 0.4,
        linear: true,
        division: 10,
        finalDivision: 100,
        threePhases: true
      ),
      [
        0.05, 0.168421052632, 0.286842105263, 0.405263157895, 0.476315789474, 0.357894736842,
        0.239473684211, 0.121052631579, 0.0441764705882, 0.0296176470588, 0.0150588235294, 0.0005,
      ]
    ),
    (
      """
      SequentialLR(o, [LinearLR(o, start_factor=0.25, total_iters=4), \
      CosineAnnealingLR(o, T_max=4)], milestones=[4])
      """,
      .warmUp(over: 4, from: 0.25, then: .cosine(over: 4)),
      [
        0.125, 0.21875, 0.3125, 0.40625, 0.5, 0.426776695297, 0.25, 0.0732233047034, 0,
      ]
    ),
    ("no scheduler", .constant, [0.5, 0.5, 0.5]),
  ]

  @Test(arguments: cases)
  func givesPyTorchsRates(_ named: (String, Schedule, [Double])) {
    let found = named.2.indices.map { named.1.learningRate(0.5, at: $0) }
    let worst = zip(found, named.2).map { abs($0 - $1) }.max() ?? 1
    #expect(worst < 1e-12, "\(named.0): \(found)")
  }

  @Test func staysWhereACycleEnds() {
    #expect(Schedule.oneCycle(over: 10).learningRate(0.5, at: 500) == 0.5 / 25 / 1e4)
    // A cycle too short to rise.
    #expect(Schedule.oneCycle(over: 1).learningRate(0.5, at: 0).isFinite)
    #expect(Schedule.oneCycle(over: 2, rising: 0).learningRate(0.5, at: 1) == 0.5 / 25 / 1e4)
  }

  @Test func countsStepsOrEpochs() throws {
    var optimizer = Optimizer(.sgd(learningRate: 1))
    var model = Sequential(Linear(1, 1), seed: 0)
    let (_, gradient) = try model.valueAndGradient(
      Tensor([[1]]),
      Tensor<Float>([1]),
      loss: .meanSquaredError
    )
    optimizer.follow(.step(every: 1, factor: 0.5), epoch: 7)
    #expect(optimizer.learningRate == 1)
    optimizer.step(&model, gradient)
    optimizer.follow(.step(every: 1, factor: 0.5), epoch: 7)
    #expect(optimizer.learningRate == 0.5)
    optimizer.follow(.step(every: 1, factor: 0.5, per: .epoch), epoch: 3)
    #expect(optimizer.learningRate == 0.125)
    // What a schedule starts from is the rate that was configured.
    #expect(optimizer.configuration.learningRate == 1)
  }

  @Test func trapsOnSettingsOutOfRange() async {
    await #expect(processExitsWith: .failure) { _ = Schedule.step(every: 0) }
    await #expect(processExitsWith: .failure) { _ = Schedule.cosine(over: 0) }
    await #expect(processExitsWith: .failure) { _ = Schedule.oneCycle(over: 10, rising: 2) }
    await #expect(processExitsWith: .failure) { _ = Schedule.warmUp(over: 3, from: -1) }
  }
}
