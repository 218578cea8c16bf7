using GoApi.Domain.Kernel;
using GoApi.Domain.Users;

namespace GoApi.UnitTests.Users;

public class UserErrorsTests
{
    public static TheoryData<Error, ErrorKind, string, string[]> Contract => new()
    {
        { UserErrors.EmailTaken, ErrorKind.Conflict, "CONFLICT", ["email"] },
        { UserErrors.BadCredentials, ErrorKind.Unauthorized, "UNAUTHORIZED", [] },
        { UserErrors.BadToken, ErrorKind.Validation, "VALIDATION_FAILED", ["token"] },
        { UserErrors.BadRefreshToken, ErrorKind.Unauthorized, "UNAUTHORIZED", [] },
        { UserErrors.EmailNotVerified, ErrorKind.Forbidden, "FORBIDDEN", [] },
        { UserErrors.NotFound, ErrorKind.NotFound, "NOT_FOUND", [] },
    };

    [Theory]
    [MemberData(nameof(Contract))]
    public void Errors_have_the_codes_of_the_contract(Error error, ErrorKind kind, string code, string[] fields)
    {
        Assert.Equal((kind, code), (error.Kind, error.Code));
        Assert.Equal(fields, error.Fields.Select(fault => fault.Field));
    }
}
