import Testing

@testable import TabularLoading

struct StreamLanesTests {
  @Test func deliverInTurn() {
    var lanes = StreamLanes<Int>(count: 2, limit: 2, endsTogether: true)
    lanes.put(11, worker: 1)
    #expect(lanes.text == "waiting")
    lanes.put(0, worker: 0)
    lanes.put(2, worker: 0)
    #expect(!lanes.hasRoom(0) && lanes.hasRoom(1))
    #expect(lanes.readyCount == 3)
    #expect(lanes.text == "0 of 0")
    #expect(lanes.text == "11 of 1")
    #expect(lanes.text == "2 of 0")
    #expect(lanes.turn == 1)
    lanes.end(0)
    #expect(lanes.text == "waiting" && !lanes.isMade)
    lanes.end(1)
    #expect(lanes.text == "end" && lanes.isMade)
  }

  @Test func endTogetherOrEachForItself() {
    for endsTogether in [true, false] {
      var lanes = StreamLanes<Int>(count: 2, limit: 2, endsTogether: endsTogether)
      lanes.end(0)
      lanes.put(5, worker: 1)
      #expect(lanes.text == (endsTogether ? "end" : "5 of 1"))
      lanes.put(6, worker: 1)
      lanes.clear()
      #expect(lanes.readyCount == 0)
      lanes.end(1)
      #expect(lanes.text == "end")
    }
  }
}

extension StreamLanes {
  fileprivate var text: String {
    mutating get {
      switch next() {
      case .made(let made, let worker): "\(made) of \(worker)"
      case .waiting: "waiting"
      case .end: "end"
      }
    }
  }
}
