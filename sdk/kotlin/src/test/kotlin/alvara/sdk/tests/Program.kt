package alvara.sdk.tests

import alvara.sdk.AlvaraException
import kotlin.reflect.KFunction1
import kotlin.system.exitProcess

private val TESTS: List<Pair<String, (Scene) -> Unit>> = listOf(
    test(Vectors::theMachineAndTheSealOfTheTestsAreThoseOfTheVectors),
    test(Vectors::statesAreThoseOfTheVectors),
    test(Vectors::verdictsAreThoseOfTheVectors),
    test(Vectors::tokensThatNobodySignedAreNotBelieved),
    test(Vectors::storesOpenAsTheVectorsSay),
    test(Misuse::misuseHasACodeAndStatesHaveNone),
    test(Misuse::threadsAndTheCollectorDoNoHarm),
    test(Misuse::whoClosesWhileOthersAskHarmsNobody),
    test(Misuse::afterCloseNothingGoes),
    test(Listening::anActivatedMachineIsTheOneOfTheVectors),
    test(Listening::listenersClocksAndMetricsAreCalled),
    test(Listening::aListenerMayFailCloseAndNotCall),
    test(Listening::aClientThatWasStartedIsKeptWhoeverForgetsIt)
)

private fun test(function: KFunction1<Scene, Unit>): Pair<String, (Scene) -> Unit> = Pair(function.name, function)

/** Runs every test: `ProgramKt PATH/vectors.json`. Ends with 0 where all held. */
fun main(arguments: Array<String>) {
    var failed = 0
    for ((name, test) in TESTS) {
        try {
            Scene(arguments[0]).use(test)
            println("held    $name")
        } catch (error: Throwable) {
            failed += 1
            println("FAILED  $name: $error\n" + error.stackTrace.take(8).joinToString("\n"))
        }
    }
    println("${TESTS.size - failed} held, $failed failed")
    exitProcess(if (failed == 0) 0 else 1)
}

/** What a test insists on. */
internal fun that(holds: Boolean, what: String) {
    if (!holds) throw IllegalStateException(what)
}

internal fun same(expected: Any?, found: Any?, what: String) =
    that(expected == found, "$what: $expected was expected, and it is $found")

internal fun misused(code: String, call: () -> Unit) {
    try {
        call()
    } catch (misuse: AlvaraException) {
        same(code, misuse.code, misuse.message ?: "")
        that(!misuse.message.isNullOrEmpty(), "$code without a sentence")
        return
    }
    throw IllegalStateException("$code was expected, and it went well")
}
